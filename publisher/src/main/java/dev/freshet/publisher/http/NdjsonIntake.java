package dev.freshet.publisher.http;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.change.LineBuffer;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.schema.SelectorParts;
import dev.freshet.service.Problem;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the lines of one request as they arrive. Memory is bounded: one chunk of the body is held at a time, the next
 * is asked for when its lines are handed to the bus, and only so many lines are under way.
 *
 * <p>Lines count as done in order: the answer to a stream that breaks off at line 7 counts the six before it, whatever
 * became of others. Lives on the event loop of its request.
 */
final class NdjsonIntake {

    private static final int MAX_LINES_UNDER_WAY = 8192;
    private static final int MAX_REGIONS = 1000;

    /** So many lines go to the bus in one step at most. */
    private static final int MAX_LINES_TOGETHER = 1024;

    private static final long QUEUE_RETRY_MILLIS = 5;

    /** A line that the bus has, but has not confirmed. */
    private record Pending(long line, int bytes, boolean counted, CompletableFuture<Receipt> receipt) {}

    private final HttpServerRequest request;
    private final ChangeParser.Lines parser;
    private final Publisher publisher;
    private final InvalidationsQuery query;
    private final RequestMemory.Share share;
    private final Context context;
    private final LineBuffer lines;
    private final int queueMaximum;
    private final boolean broadIsLimited;
    private final Promise<Appended> promise = Promise.promise();

    /** A line that goes to the bus together with its neighbours. */
    private record Gathered(long line, int bytes, Change change) {}

    private final List<Gathered> gathered = new ArrayList<>();
    private String gatheredRegion = "";
    private int gatheredNames;

    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final Set<String> regions = new HashSet<>();
    private final Positions positions = new Positions();
    private ChangeParser.@Nullable Valid next;
    private boolean waiting;
    private int partialBytes;
    private long line;
    private long done;
    private boolean bodyEnded;
    private @Nullable Problem refused;
    private long refusedLine;

    NdjsonIntake(
            HttpServerRequest request,
            ChangeParser parser,
            Publisher publisher,
            PublisherSettings settings,
            InvalidationsQuery query,
            RequestMemory.Share share,
            Context context) {
        this.request = request;
        this.parser = parser.lines();
        this.publisher = publisher;
        this.query = query;
        this.share = share;
        this.context = context;
        this.lines = new LineBuffer(settings.http().maximumLineBytes());
        this.queueMaximum = settings.bus().queueMaximumInvalidations();
        this.broadIsLimited = settings.bus().broadMaximumEntries() > 0 && !query.force();
    }

    /**
     * Begins to read.
     *
     * @return completes when all lines are appended, or fails with a {@link ProblemException} that says which are
     */
    Future<Appended> start() {
        if (query.dryRun()) {
            return Future.failedFuture(
                    new ProblemException(Problem.invalid("dryRun", "must be given with one JSON object only")));
        }
        request.handler(this::receive);
        request.endHandler(ended -> {
            bodyEnded = true;
            lines.end();
            proceed();
        });
        request.exceptionHandler(promise::tryFail);
        return promise.future().onComplete(ended -> parser.close());
    }

    private void receive(Buffer chunk) {
        request.pause();
        lines.add(chunk.getBytes());
        proceed();
    }

    /** Hands over what can be handed over, then asks for more, waits, or ends. Everything that happens leads here. */
    private void proceed() {
        if (promise.future().isComplete()) {
            return; // The client is gone.
        }
        settle();
        while (refused == null && (next != null || takeLine())) {
            if (next != null && !handOver(next)) {
                break;
            }
        }
        handOverGathered();
        if (refused == null && lines.isTooLong()) {
            refuse(line + 1, lines.tooLong());
        }
        if (!pending.isEmpty()) {
            awaitOldest();
        } else if (refused != null) {
            promise.fail(new ProblemException(tell(refused)));
        } else if (isExhausted() && bodyEnded) {
            promise.complete(new Appended(positions, done));
        } else if (!isExhausted()) {
            awaitQueue();
        }
        if (refused == null && isExhausted() && !bodyEnded) {
            readOn();
        }
    }

    /** Asks for more, if there is room for the beginning of a line that has come; who sends slowly holds it for long. */
    private void readOn() {
        share.release(partialBytes);
        partialBytes = 0;
        if (share.tryTake(lines.restBytes())) {
            partialBytes = lines.restBytes();
            request.resume();
        } else {
            refuse(line + 1, Responses.tooMuchUnderWay());
            proceed();
        }
    }

    /** Moves to the next line that is complete, and parses it. */
    private boolean takeLine() {
        if (!lines.next()) {
            return false;
        }
        line++;
        if (lines.isBlank()) {
            return true;
        }
        ChangeParser.Parsed parsed =
                parser.parse(lines.bytes(), lines.offset(), lines.length(), query.await(), query.force());
        if (parsed instanceof ChangeParser.Invalid invalid) {
            refuse(line, Problem.invalid(invalid.faults()));
        } else if (parsed instanceof ChangeParser.Valid valid) {
            if (regions.size() == MAX_REGIONS && !regions.contains(valid.region())) {
                refuse(line, Problem.invalid("region", "must be one of the first " + MAX_REGIONS + " of a stream"));
            }
            next = valid;
        }
        return true;
    }

    /** Takes a line up, to give it to the bus, unless there is no room for it. */
    private boolean handOver(ChangeParser.Valid valid) {
        boolean counted =
                broadIsLimited && SelectorParts.isAnyBroad(valid.change().selectors());
        if (counted || gathered.size() == MAX_LINES_TOGETHER || !valid.region().equals(gatheredRegion)) {
            handOverGathered();
        }
        int length = lines.length();
        if (mustWait()
                || pending.size() + gathered.size() == MAX_LINES_UNDER_WAY
                || !queueHasRoom(valid.names())
                || !share.tryTake(length)) {
            return false;
        }
        regions.add(valid.region());
        next = null;
        if (counted) {
            pending.add(new Pending(line, length, true, publisher.publish(valid.region(), valid.change())));
        } else {
            gatheredRegion = valid.region();
            gatheredNames += valid.names();
            gathered.add(new Gathered(line, length, valid.change()));
        }
        return true;
    }

    /** Gives the bus in one step what was taken up, so that the lines of a chunk go in one record, not in many. */
    private void handOverGathered() {
        if (gathered.isEmpty()) {
            return;
        }
        List<CompletableFuture<Receipt>> receipts = publisher.publishAll(
                gatheredRegion, gathered.stream().map(Gathered::change).toList());
        for (int i = 0; i < receipts.size(); i++) {
            Gathered its = gathered.get(i);
            pending.add(new Pending(its.line(), its.bytes(), false, receipts.get(i)));
        }
        gathered.clear();
        gatheredNames = 0;
    }

    /** What may be refused as too broad goes alone: nothing behind it is to be done if it is. */
    private boolean mustWait() {
        Pending last = pending.peekLast();
        return last != null && last.counted() && !last.receipt().isDone();
    }

    /** Half of the queue is left to others, so that a stream does not make the bus refuse them. */
    private boolean queueHasRoom(int names) {
        int queued = publisher.queuedInvalidations() + gatheredNames;
        return queued == 0 || queued + names <= queueMaximum / 2;
    }

    private boolean isExhausted() {
        return next == null && lines.isExhausted();
    }

    /** Takes in what the bus has confirmed, in the order of the lines. */
    private void settle() {
        for (Pending oldest = pending.peek(); oldest != null && oldest.receipt().isDone(); oldest = pending.peek()) {
            pending.remove();
            share.release(oldest.bytes());
            if (refused != null && refusedLine < oldest.line()) {
                continue; // Behind a line that failed: whatever became of it, it is not counted.
            }
            try {
                positions.add(oldest.receipt().join());
                done++;
            } catch (CompletionException | CancellationException e) {
                refuse(oldest.line(), Responses.problemOf(e));
            }
        }
    }

    private void refuse(long atLine, Problem problem) {
        refused = problem;
        refusedLine = atLine;
    }

    private void awaitOldest() {
        Pending oldest = pending.element();
        if (!waiting) {
            waiting = true;
            var unused = oldest.receipt()
                    .whenComplete((receipt, fault) -> context.runOnContext(settled -> {
                        waiting = false;
                        proceed();
                    }));
        }
    }

    /** Others fill the queue: nothing of ours will tell when there is room again. */
    private void awaitQueue() {
        if (!waiting) {
            waiting = true;
            context.owner().setTimer(QUEUE_RETRY_MILLIS, passed -> {
                waiting = false;
                proceed();
            });
        }
    }

    private Problem tell(Problem problem) {
        String before = done == 1 ? "The object before it is done" : "The " + done + " objects before it are done";
        String after = problem.status() == 503 ? "; repeat from this line on." : "; nothing after it is.";
        return new Problem(
                        problem.status(),
                        problem.type(),
                        "Line " + refusedLine + ": " + sentence(problem.detail()) + " " + before + after,
                        problem.faults(),
                        problem.extensions())
                .with("line", refusedLine)
                .with("invalidations", done)
                .with("positions", positions.toJson());
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }
}
