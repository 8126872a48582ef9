package dev.freshet.publisher.http;

import dev.freshet.bus.Publisher;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.change.LineBuffer;
import dev.freshet.publisher.change.LineParser;
import dev.freshet.publisher.change.ParsedChange;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.schema.SelectorParts;
import dev.freshet.service.http.Problem;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.service.port.CurrentRequest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the lines of one request as they arrive. Memory is bounded: the request holds one chunk of the body at a time and
 * asks for the next when the bus has got the lines of the last one, and at most {@value #MAX_LINES_IN_FLIGHT} lines are in
 * flight. Used on the request's event loop only.
 */
final class NdjsonIntake {

    private static final int MAX_LINES_IN_FLIGHT = 8192;
    private static final int MAX_REGIONS = 1000;
    private static final long QUEUE_RETRY_MILLIS = 5;

    private final HttpServerRequest request;
    private final LineParser parser;
    private final Publisher publisher;
    private final InvalidationsQuery query;
    private final NeededRights rights;
    private final RequestMemory.Share share;
    private final Context context;
    private final LineBuffer lines;
    private final int maximumLineBytes;
    private final int queueMaximum;
    private final boolean broadIsLimited;
    private final LineBatch batch = new LineBatch();
    private final StreamProgress progress;
    private final Set<String> regions = new HashSet<>();
    private final Promise<Appended> promise = Promise.promise();

    /** The number of the current line; the first is 1. */
    private long line;

    /** The current line while the bus has not got it. */
    private ParsedChange.@Nullable Valid next;

    /** How many bytes of the request's share are for the beginning of a line that is not complete. */
    private int partialBytes;

    /** Whether a callback will call {@link #proceed}. */
    private boolean isWaiting;

    /** Whether the body was not read for a while, because lines before waited. */
    private boolean hasWaited;

    private boolean bodyEnded;

    NdjsonIntake(
            HttpServerRequest request,
            ChangeParser parser,
            Publisher publisher,
            PublisherSettings settings,
            InvalidationsQuery query,
            NeededRights rights,
            RequestMemory.Share share,
            Context context) {
        this.request = request;
        this.parser = parser.lines();
        this.publisher = publisher;
        this.query = query;
        this.rights = rights;
        this.share = share;
        this.context = context;
        this.maximumLineBytes = settings.http().maximumLineBytes();
        this.lines = new LineBuffer(maximumLineBytes);
        this.queueMaximum = settings.bus().queueMaximumInvalidations();
        this.broadIsLimited = settings.bus().broadMaximumEntries() > 0 && !query.force();
        this.progress = new StreamProgress(share);
    }

    /**
     * Begins to read. To be called while the request's head is handled.
     *
     * @return completes when all lines are appended; fails with a {@link ProblemException} that says which lines are
     */
    Future<Appended> start() {
        if (query.dryRun()) {
            return Future.failedFuture(new ProblemException(Problem.invalid(
                    "dryRun",
                    "must not be true for " + BodyFormat.LINES.mediaType() + "; send one object as "
                            + BodyFormat.OBJECT.mediaType())));
        }
        request.handler(this::receive);
        request.endHandler(ended -> {
            bodyEnded = true;
            lines.end();
            proceed();
        });
        request.exceptionHandler(promise::tryFail);
        CurrentRequest.whenRefused(problem -> promise.tryFail(new ProblemException(problem)));
        return promise.future().onComplete(ended -> parser.close());
    }

    private void receive(Buffer chunk) {
        request.pause();
        lines.add(chunk.getBytes());
        proceed();
    }

    /** Each callback leads here. A fault ends the request: nothing else would, and its share of the memory would be lost. */
    private void proceed() {
        if (promise.future().isComplete()) {
            return; // The client has disconnected, or the port has refused the request.
        }
        try {
            advance();
        } catch (RuntimeException | StackOverflowError fault) {
            promise.tryFail(fault);
        }
    }

    /** Publishes what can be published, then asks for more, waits, or ends. */
    private void advance() {
        progress.settle();
        publishLines();
        if (progress.linesInFlight() > 0) {
            awaitOldest();
        } else if (progress.isRefused()) {
            promise.fail(new ProblemException(progress.problem()));
        } else if (isExhausted() && bodyEnded) {
            promise.complete(progress.appended());
        } else if (!isExhausted()) {
            awaitQueue();
        }
        if (!progress.isRefused() && isExhausted() && !bodyEnded) {
            readOn();
        }
    }

    private void publishLines() {
        while (!progress.isRefused() && (next != null || parseNext())) {
            if (next != null && !publish(next)) {
                break;
            }
        }
        batch.publish(publisher, progress);
        if (!progress.isRefused() && lines.isTooLong()) {
            progress.refuse(line + 1, Problems.lineTooLong(maximumLineBytes));
        }
    }

    /** Parses the next complete line. Returns false if there is none. */
    private boolean parseNext() {
        if (!lines.next()) {
            return false;
        }
        line++;
        CurrentRequest.restartDeadline();
        if (lines.isBlank()) {
            return true;
        }
        ParsedChange parsed = parser.parse(lines.bytes(), lines.offset(), lines.length(), query.await(), query.force());
        if (parsed instanceof ParsedChange.Invalid invalid) {
            progress.refuse(line, Problem.invalid(invalid.faults()));
        } else if (parsed instanceof ParsedChange.Valid valid) {
            Problem refusal = refusal(valid);
            if (refusal == null) {
                next = valid.in(query.trace());
            } else {
                progress.refuse(line, refusal);
            }
        }
        return true;
    }

    private @Nullable Problem refusal(ParsedChange.Valid valid) {
        return regions.size() == MAX_REGIONS && !regions.contains(valid.region())
                ? tooManyRegions(valid.region())
                : rights.refusal(valid);
    }

    private static Problem tooManyRegions(String region) {
        return Problem.invalid(
                "region",
                "must be one of the first " + MAX_REGIONS + " regions of the stream, not \"" + region
                        + "\"; send it in another request");
    }

    /** Gives the current line to the bus, or to the batch. Returns false if there is no room for it now. */
    private boolean publish(ParsedChange.Valid valid) {
        boolean isLimited =
                broadIsLimited && SelectorParts.isAnyBroad(valid.change().selectors());
        if (isLimited || !batch.takes(valid.region())) {
            batch.publish(publisher, progress);
        }
        int bytes = lines.length();
        // If a line is refused as too broad, nothing after it is done: so nothing follows it before its receipt.
        if (progress.lastMayBeTooBroad()
                || progress.linesInFlight() + batch.size() == MAX_LINES_IN_FLIGHT
                || !queueHasRoom(valid.names())
                || !share.tryTake(bytes)) {
            return false;
        }
        regions.add(valid.region());
        next = null;
        if (isLimited) {
            progress.add(line, bytes, true, publisher.publish(valid.region(), valid.change()));
        } else {
            batch.add(line, bytes, valid);
        }
        return true;
    }

    /** Leaves half of the queue to others, so that a stream does not make the bus refuse them. */
    private boolean queueHasRoom(int names) {
        int queued = publisher.queuedInvalidations() + batch.names();
        return queued == 0 || queued + names <= queueMaximum / 2;
    }

    private boolean isExhausted() {
        return next == null && lines.isExhausted();
    }

    /**
     * Asks for the next chunk. The beginning of a line is counted in the request's memory meanwhile, because a slow client holds
     * it for long. Without room for it, the stream is refused.
     */
    private void readOn() {
        share.release(partialBytes);
        partialBytes = 0;
        if (share.tryTake(lines.restBytes())) {
            partialBytes = lines.restBytes();
            if (hasWaited) {
                hasWaited = false;
                CurrentRequest.restartDeadline(); // The client could not send meanwhile.
            }
            request.resume();
        } else {
            progress.refuse(line + 1, Problems.noRequestMemory(share.maximumBytes()));
            proceed();
        }
    }

    private void awaitOldest() {
        hasWaited = true;
        if (!isWaiting) {
            isWaiting = true;
            var unused = progress.oldest()
                    .whenComplete((receipt, fault) -> context.runOnContext(settled -> {
                        isWaiting = false;
                        proceed();
                    }));
        }
    }

    /** Tries again soon. Other requests fill the queue, and no callback says when it has room again. */
    private void awaitQueue() {
        hasWaited = true;
        if (!isWaiting) {
            isWaiting = true;
            context.owner().setTimer(QUEUE_RETRY_MILLIS, passed -> {
                isWaiting = false;
                proceed();
            });
        }
    }
}
