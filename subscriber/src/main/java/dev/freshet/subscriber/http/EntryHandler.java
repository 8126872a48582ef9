package dev.freshet.subscriber.http;

import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import dev.freshet.service.http.Faults;
import dev.freshet.service.http.Problem;
import dev.freshet.service.port.CurrentRequest;
import dev.freshet.subscriber.configuration.HttpSettings;
import dev.freshet.subscriber.region.ServedRegion;
import dev.freshet.subscriber.region.StoredValue;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Reads, stores and evicts single entries. Runs on event loops and never blocks; a hit uses only this process's memory. */
final class EntryHandler {

    private static final CharSequence PREFERENCE_APPLIED = HttpHeaders.createOptimized("Preference-Applied");

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final HttpSettings settings;
    private final BodyMemory bodies;
    private final PositionWait positions;
    private final Clock wallClock;

    EntryHandler(HttpSettings settings, BodyMemory bodies, PositionWait positions, Clock wallClock) {
        this.settings = settings;
        this.bodies = bodies;
        this.positions = positions;
        this.wallClock = wallClock;
    }

    /** Answers GET and HEAD. The faults are those of the key. */
    void read(HttpServerRequest request, ServedRegion region, String key, Faults faults) {
        ReadHeaders headers = ReadHeaders.parse(request.headers(), faults);
        if (faults.isEmpty()) {
            positions.whenApplied(
                    request, region, headers.minPosition(), () -> answerOrAwait(request, region, key, headers));
        } else {
            faults.toProblem().send(request.response());
        }
    }

    private void answerOrAwait(HttpServerRequest request, ServedRegion region, String key, ReadHeaders headers) {
        if (headers.staleIfError() != null) {
            answer(request, lookup(region, key, headers));
            return;
        }
        if (headers.fresh()) {
            answerWith(request, region, region.tiered().lookupFresh(key));
            return;
        }
        if (headers.awaitLoad() == null) {
            answerBehind(request, region, key, lookup(region, key, headers));
            return;
        }
        Duration atMost = headers.awaitLoad().compareTo(settings.maximumLoadWait()) < 0
                ? headers.awaitLoad()
                : settings.maximumLoadWait();
        CompletableFuture<Lookup<StoredValue>> read =
                region.cache().lookupOrAwait(key, atMost, headers.minPosition() == null);
        if (read.isDone()) {
            answerBehind(request, region, key, read.join());
            return;
        }
        // A client that has disconnected, or sends its body too slowly, must not get the next lease.
        request.response().closeHandler(gone -> read.cancel(false));
        CurrentRequest.whenRefused(refused -> read.cancel(false));
        // Completes on the thread that stores; the answer must be sent on the request's event loop.
        Future.fromCompletionStage(read, Vertx.currentContext()).onSuccess(found -> {
            if (!Answer.isOver(request)) {
                request.response().putHeader(PREFERENCE_APPLIED, "wait=" + atMost.toSeconds());
                answerBehind(request, region, key, found);
            }
        });
    }

    /** Answers a hit; after a miss, asks the Redis tier first if the region has one. */
    private static void answerBehind(
            HttpServerRequest request, ServedRegion region, String key, Lookup<StoredValue> found) {
        if (found instanceof Lookup.Hit<StoredValue>) {
            answer(request, found);
            return;
        }
        answerWith(request, region, region.tiered().behind(key, found).exceptionally(fault -> found));
    }

    private static void answerWith(
            HttpServerRequest request, ServedRegion region, CompletableFuture<Lookup<StoredValue>> behind) {
        if (behind.isDone()) {
            answer(request, behind.join());
            return;
        }
        // Completes on a thread of the tier; the answer must be sent on the request's event loop.
        Future.fromCompletionStage(behind, Vertx.currentContext()).onComplete(done -> {
            Lookup<StoredValue> read = behind.join(); // A fault fails the request.
            if (!Answer.isOver(request)) {
                answer(request, read);
            } else if (read instanceof Lookup.Miss<StoredValue> miss) {
                region.tiered().release(miss.lease()); // Nobody will load under it.
            }
        });
    }

    private static Lookup<StoredValue> lookup(ServedRegion region, String key, ReadHeaders headers) {
        if (headers.staleIfError() != null) {
            return region.cache().lookupAfterFailure(key, headers.staleIfError());
        }
        return headers.minPosition() == null
                ? region.cache().lookup(key)
                : region.cache().lookupApplied(key);
    }

    private static void answer(HttpServerRequest request, Lookup<StoredValue> read) {
        HttpServerResponse response = request.response();
        MultiMap headers = response.headers();
        Answer.putState(headers, read);
        if (read instanceof Lookup.Hit<StoredValue> hit) {
            headers.set(HttpHeaders.AGE, Long.toString(hit.ageNanos() / NANOS_PER_SECOND));
            if (hit.refresh() != null) {
                headers.set(StoreHeaders.LEASE, hit.refresh().token());
            }
            if (hit.value() == null) {
                response.setStatusCode(404).end(); // An absence is cached: without a lease, there is nothing to load.
                return;
            }
            if (hit.value().isAnswers()) {
                noString().send(response);
                return;
            }
            headers.set(HttpHeaders.CONTENT_TYPE, hit.value().contentType());
            if (hit.state() == ServingState.STALE) {
                headers.set(Answer.FRESHET_STALE_FOR, Answer.seconds(hit.staleNanos()));
            }
            if (request.method().equals(HttpMethod.HEAD)) {
                headers.set(
                        HttpHeaders.CONTENT_LENGTH,
                        Integer.toString(hit.value().bytes().length()));
                response.end();
            } else {
                response.end(hit.value().bytes());
            }
        } else if (read instanceof Lookup.Miss<StoredValue> miss) {
            headers.set(StoreHeaders.LEASE, miss.lease().token());
            response.setStatusCode(404).end();
        }
    }

    private static Problem noString() {
        return Problem.of(
                409, "no-string", "The key is a hash or a set in Redis. Read it through the RESP port, or from Redis.");
    }

    /** Answers PUT. The faults are those of the key. */
    void store(HttpServerRequest request, ServedRegion region, String key, Faults faults) {
        StoreHeaders headers = StoreHeaders.parse(request.headers(), wallClock.instant(), faults);
        if (faults.isEmpty()) {
            BodyReader.read(
                    request,
                    bodies,
                    settings.maximumEntryBytes(),
                    body -> keep(request.response(), region, key, headers, body),
                    () -> {
                        if (!headers.absent()) {
                            region.tiered().storeTooLarge(key, headers.lease(), headers.options());
                        }
                        return StoreAnswer.tooLarge(settings.maximumEntryBytes());
                    });
        } else {
            faults.toProblem().send(request.response());
        }
    }

    private void keep(HttpServerResponse response, ServedRegion region, String key, StoreHeaders headers, Buffer body) {
        if (headers.absent() && body.length() > 0) {
            Problem.invalid("body", StoreHeaders.NOT_EMPTY).send(response);
            return;
        }
        StoreResult result = headers.absent()
                ? region.tiered().storeAbsence(key, headers.lease(), headers.options())
                : region.tiered()
                        .store(
                                key,
                                headers.lease(),
                                StoredValue.copyOf(body, headers.contentType()),
                                headers.options());
        if (result instanceof StoreResult.Refused refused) {
            long limitBytes = Math.min(
                    settings.maximumEntryBytes(),
                    region.settings().maximumBytes().orElse(Long.MAX_VALUE));
            StoreAnswer.refused(refused.reason(), limitBytes).send(response);
        } else {
            response.setStatusCode(204).end();
        }
    }

    /** Answers DELETE. The faults are those of the key. */
    void evict(HttpServerRequest request, ServedRegion region, String key, Faults faults) {
        if (!faults.isEmpty()) {
            faults.toProblem().send(request.response());
            return;
        }
        // Answer after the value in Redis is gone too, or the next read would bring it back.
        Future.fromCompletionStage(region.tiered().invalidate(Selector.keys(key)), Vertx.currentContext())
                .otherwise(false)
                .onSuccess(isGone -> {
                    if (Answer.isOver(request)) {
                        return;
                    }
                    if (isGone) {
                        request.response().setStatusCode(204).end();
                    } else {
                        keptInRedis().send(request.response());
                    }
                });
    }

    private static Problem keptInRedis() {
        return Problem.of(
                        503,
                        "kept-in-redis",
                        "The entry is evicted here, but Redis did not confirm that its value is gone from the Redis tier. This"
                                + " process repeats the eviction and does not read the value meanwhile; others may."
                                + " Repeat the request to learn when the value is gone.")
                .withRetryAfter(RETRY_AFTER);
    }
}
