package dev.freshet.subscriber.http;

import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.MediaType;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.subscriber.region.ServedRegion;
import dev.freshet.subscriber.region.StoredValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** Reads several entries at once, and ends several leases at once. Runs on event loops and never blocks. */
final class BatchHandler {

    private static final CharSequence JSON = HttpHeaders.createOptimized(MediaType.JSON);

    /** All answers in flight hold at most this part of the heap. */
    static final int HEAP_SHARE = 16;

    private final RequestMemory memory =
            new RequestMemory(Runtime.getRuntime().maxMemory() / HEAP_SHARE, BatchAnswer.MAX_VALUE_BYTES);
    private final LongAdder omittedValues = new LongAdder();
    private final BodyMemory bodies;
    private final PositionWait positions;

    BatchHandler(BodyMemory bodies, PositionWait positions) {
        this.bodies = bodies;
        this.positions = positions;
    }

    /** Returns how many values were omitted from answers, because they would have been too large. */
    long omittedValues() {
        return omittedValues.sum();
    }

    /** Answers {@code POST …/entries:batchGet}. The faults are those of the path. */
    void read(HttpServerRequest request, ServedRegion region, Faults faults) {
        ReadHeaders headers = ReadHeaders.parse(request.headers(), faults);
        JsonBody.read(request, bodies, faults, body -> {
            List<String> keys = BatchRequest.keys(body, faults);
            if (faults.isEmpty()) {
                positions.whenApplied(
                        request, region, headers.minPosition(), () -> lookUp(request, region, keys, headers));
            } else {
                faults.toProblem().send(request.response());
            }
        });
    }

    private void lookUp(HttpServerRequest request, ServedRegion region, List<String> keys, ReadHeaders headers) {
        long confirmedAgeNanos = region.cache().confirmedAgeNanos(); // before the reads
        ServingState state = region.cache().state();
        List<CompletableFuture<Lookup<StoredValue>>> reads =
                keys.stream().map(key -> lookup(region, key, headers)).toList();
        CompletableFuture<Void> all = CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new));
        Answer.putState(request.response().headers(), state, confirmedAgeNanos);
        if (all.isDone()) {
            answer(request, region, keys, reads);
            return;
        }
        // Completes on a thread of the tier; the answer must be sent on the request's event loop.
        Future.fromCompletionStage(all, Vertx.currentContext())
                .onComplete(done -> answer(request, region, keys, reads));
    }

    /** All keys are asked for before any answer is awaited, so that they share round trips to Redis. */
    private static CompletableFuture<Lookup<StoredValue>> lookup(ServedRegion region, String key, ReadHeaders headers) {
        if (headers.staleIfError() != null) {
            return CompletableFuture.completedFuture(region.cache().lookupAfterFailure(key, headers.staleIfError()));
        }
        if (headers.fresh()) {
            return region.tiered().lookupFresh(key);
        }
        Lookup<StoredValue> found = headers.minPosition() == null
                ? region.cache().lookup(key)
                : region.cache().lookupApplied(key);
        return found instanceof Lookup.Hit<StoredValue>
                ? CompletableFuture.completedFuture(found)
                : region.tiered().behind(key, found).exceptionally(fault -> found);
    }

    private void answer(
            HttpServerRequest request,
            ServedRegion region,
            List<String> keys,
            List<CompletableFuture<Lookup<StoredValue>>> reads) {
        boolean isFailed = reads.stream().anyMatch(CompletableFuture::isCompletedExceptionally);
        if (isFailed || Answer.isOver(request)) {
            reads.stream() // Nobody will load under their leases.
                    .filter(read -> !read.isCompletedExceptionally())
                    .forEach(read -> release(region, read.join()));
        }
        if (Answer.isOver(request)) {
            return;
        }
        List<Lookup<StoredValue>> found =
                reads.stream().map(CompletableFuture::join).toList(); // A fault fails the request.
        RequestMemory.Share share = memory.open();
        BatchAnswer answer = new BatchAnswer(share);
        for (int i = 0; i < found.size(); i++) {
            answer.add(keys.get(i), found.get(i));
        }
        omittedValues.add(answer.omittedValues());
        request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                .end(answer.end())
                .onComplete(sent -> share.close());
    }

    private static void release(ServedRegion region, Lookup<StoredValue> read) {
        if (read instanceof Lookup.Miss<StoredValue> miss) {
            region.tiered().release(miss.lease());
        }
    }

    /** Answers {@code POST …/entries:release}. The faults are those of the path. */
    void release(HttpServerRequest request, ServedRegion region, Faults faults) {
        JsonBody.read(request, bodies, faults, body -> {
            List<BatchRequest.Release> releases = BatchRequest.releases(body, faults);
            if (!faults.isEmpty()) {
                faults.toProblem().send(request.response());
                return;
            }
            int released = 0;
            for (BatchRequest.Release lease : releases) {
                released += region.tiered().release(lease.key(), lease.token()) ? 1 : 0;
            }
            Answer.json(request, new JsonObject().put("released", released));
        });
    }
}
