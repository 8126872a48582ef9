package dev.freshet.e2e.line;

import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Stores entries, changes them, and reads until they are gone. It measures how long each was stale, between two bounds, by this
 * process's monotonic clock alone.
 */
final class EntryObserver {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ServiceProcess publisher;
    private final ServiceProcess subscriber;
    private final String region;
    private long shortestNanos;
    private long longestNanos;

    /** The {@code changedAt} that a caller sends. */
    record Claim(Optional<Duration> clockOff) {
        /** None: the publisher takes the moment of acceptance. */
        static final Claim NONE = new Claim(Optional.empty());

        /** Now, by a clock that is wrong by a fixed time. */
        static Claim at(Duration clockOff) {
            return new Claim(Optional.of(clockOff));
        }
    }

    EntryObserver(ServiceProcess publisher, ServiceProcess subscriber, String region) {
        this.publisher = publisher;
        this.subscriber = subscriber;
        this.region = region;
    }

    /** Returns the sum of the lower bounds of all windows. */
    double shortestSeconds() {
        return shortestNanos / 1e9;
    }

    /** Returns the sum of the upper bounds of all windows. */
    double longestSeconds() {
        return longestNanos / 1e9;
    }

    /** Stores an entry, publishes its change, and reads until it is gone. */
    void changeAndWatch(String key, Claim claim) {
        store(key);
        watch(key, new Window(key, claim));
    }

    /** Stores an entry, publishes its change to a frozen Redis that goes on after the hold, and reads until the entry is gone. */
    void changeAndWatchWhileHeld(String key, Claim claim, RedisServer redis, Duration hold) {
        store(key);
        redis.pause();
        Window window;
        try {
            window = new Window(key, claim);
            await("the change is accepted")
                    .atMost(LONGEST_WAIT)
                    .until(() -> publisher.metricsPage().sum("freshet_publisher_request_bytes") > 0);
            window.isAccepted();
            await().pollDelay(hold).atMost(LONGEST_WAIT).until(() -> true);
            long askedNanos = System.nanoTime();
            if (isThere(key)) {
                window.wasOpenAt(askedNanos);
            } else {
                throw new AssertionError(key + " went before its invalidation can have been appended");
            }
        } finally {
            redis.resume();
        }
        watch(key, window);
    }

    private void watch(String key, Window window) {
        while (true) {
            long askedNanos = System.nanoTime();
            if (!isThere(key)) {
                break;
            }
            window.wasOpenAt(askedNanos);
        }
        window.isClosed();
    }

    /** The stale window of one entry. The constructor publishes the change. */
    private final class Window {
        private final long openedAfterNanos;
        private final CompletableFuture<Long> answeredNanos;
        private long openedBeforeNanos = Long.MAX_VALUE;
        private long lastOpenNanos = Long.MIN_VALUE;

        Window(String key, Claim claim) {
            // The claimed time is cut to microseconds, so it may lie up to 1 µs before the clock was read.
            openedAfterNanos = System.nanoTime() - 1_000;
            String changedAt = claim.clockOff()
                    .map(off -> Instant.now().plus(off).truncatedTo(ChronoUnit.MICROS))
                    .map(",\"changedAt\":\"%s\""::formatted)
                    .orElse("");
            if (claim.clockOff().isPresent()) {
                openedBeforeNanos = System.nanoTime();
            }
            String json = "{\"region\":\"%s\",\"keys\":[\"%s\"]%s}".formatted(region, key, changedAt);
            answeredNanos = http.sendAsync(
                            HttpRequest.newBuilder(publisher.at("/v1/invalidations"))
                                    .header("Content-Type", "application/json")
                                    .POST(BodyPublishers.ofString(json))
                                    .build(),
                            BodyHandlers.ofString())
                    .thenApply(answer -> {
                        if (answer.statusCode() != 200) {
                            throw new AssertionError(answer.statusCode() + ": " + answer.body());
                        }
                        return System.nanoTime();
                    });
        }

        /** Notes that the publisher has accepted the change, as something other than the answer shows. */
        void isAccepted() {
            openedBeforeNanos = Math.min(openedBeforeNanos, System.nanoTime());
        }

        void wasOpenAt(long nanos) {
            lastOpenNanos = nanos;
        }

        void isClosed() {
            long closedBeforeNanos = System.nanoTime();
            openedBeforeNanos = Math.min(openedBeforeNanos, answeredNanos.join());
            longestNanos += closedBeforeNanos - openedAfterNanos;
            shortestNanos += lastOpenNanos == Long.MIN_VALUE ? 0 : Math.max(0, lastOpenNanos - openedBeforeNanos);
        }
    }

    private void store(String key) {
        HttpResponse<String> miss = send(HttpRequest.newBuilder(entry(key)).build(), 404);
        send(
                HttpRequest.newBuilder(entry(key))
                        .header("Lease", miss.headers().firstValue("Lease").orElseThrow())
                        .PUT(BodyPublishers.ofString("value"))
                        .build(),
                204);
    }

    private boolean isThere(String key) {
        return send(HttpRequest.newBuilder(entry(key)).build(), 200, 404).statusCode() == 200;
    }

    private URI entry(String key) {
        return subscriber.at("/v1/regions/" + region + "/entries/" + key);
    }

    private HttpResponse<String> send(HttpRequest request, int... expected) {
        try {
            HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
            for (int status : expected) {
                if (answer.statusCode() == status) {
                    return answer;
                }
            }
            throw new AssertionError(request + " was answered " + answer.statusCode() + ": " + answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
