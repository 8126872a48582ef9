package dev.freshet.publisher.http;

import dev.freshet.bus.Receipt;
import dev.freshet.service.http.Problem;
import dev.freshet.service.http.RequestMemory;
import java.util.ArrayDeque;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * How far the lines of a stream have come: in flight, done, and the line that ended the stream. Not thread-safe.
 *
 * <p>Lines count as done in order. If line 7 ends the stream, the answer counts the six lines before it, and none after it, even
 * if the bus has appended some.
 */
final class StreamProgress {

    /**
     * A line that the bus has not acknowledged yet.
     *
     * @param isLimited whether the bus may refuse the line as too broad
     */
    private record InFlight(long line, int bytes, boolean isLimited, CompletableFuture<Receipt> receipt) {}

    private final RequestMemory.Share share;
    private final ArrayDeque<InFlight> inFlight = new ArrayDeque<>();
    private final Positions positions = new Positions();
    private long done;
    private @Nullable Problem refusal;
    private long refusedLine;

    /** @param share gets back the bytes of each line that is no longer in flight */
    StreamProgress(RequestMemory.Share share) {
        this.share = share;
    }

    /** Adds a line that the bus has got. Lines are added in their order. */
    void add(long line, int bytes, boolean isLimited, CompletableFuture<Receipt> receipt) {
        inFlight.add(new InFlight(line, bytes, isLimited, receipt));
    }

    /** Counts the lines that the bus has acknowledged. A line that failed ends the stream there. */
    void settle() {
        for (InFlight oldest = inFlight.peek();
                oldest != null && oldest.receipt().isDone();
                oldest = inFlight.peek()) {
            inFlight.remove();
            share.release(oldest.bytes());
            if (refusal != null && refusedLine < oldest.line()) {
                continue; // A line before it has failed, so this line is not counted.
            }
            try {
                positions.add(oldest.receipt().join());
                done++;
            } catch (CompletionException | CancellationException e) {
                refuse(oldest.line(), Problems.of(e));
            }
        }
    }

    /** Ends the stream at this line. */
    void refuse(long line, Problem problem) {
        refusal = problem;
        refusedLine = line;
    }

    boolean isRefused() {
        return refusal != null;
    }

    /** Returns how many lines are in flight. */
    int linesInFlight() {
        return inFlight.size();
    }

    /** Returns whether the last line is in flight and may be refused as too broad, or has been since {@link #settle}. */
    boolean lastMayBeTooBroad() {
        InFlight last = inFlight.peekLast();
        return last != null
                && last.isLimited()
                && (!last.receipt().isDone() || last.receipt().isCompletedExceptionally());
    }

    /** Returns what the oldest line in flight waits for. At least one line must be in flight. */
    CompletableFuture<Receipt> oldest() {
        return inFlight.element().receipt();
    }

    /** Returns the answer to a stream whose lines are all done. */
    Appended appended() {
        return new Appended(positions, done);
    }

    /** Returns the answer to a stream that was ended by a line: the line's problem, and what is done. */
    Problem problem() {
        if (refusal == null) {
            throw new IllegalStateException("no line was refused");
        }
        String before = done == 1 ? "The object before it is done" : "The " + done + " objects before it are done";
        String after = refusal.status() >= 500 ? "; repeat from this line on." : "; nothing after it is.";
        return new Problem(
                        refusal.status(),
                        refusal.type(),
                        "Line " + refusedLine + ": " + sentence(refusal.detail()) + " " + before + after,
                        refusal.faults(),
                        refusal.extensions())
                .with("line", refusedLine)
                .with("invalidations", done)
                .with("positions", positions.toJson());
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
