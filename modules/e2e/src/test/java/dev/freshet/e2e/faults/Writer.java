package dev.freshet.e2e.faults;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The application that changes data. It commits a block of keys to the source, publishes it until the publisher acknowledges it,
 * and goes on to the next block.
 *
 * <p>One thread writes. The other methods are for the test's thread.
 */
final class Writer implements AutoCloseable {
    private static final int KEYS_A_BLOCK = 50;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(15);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(10);
    private static final long LONGEST_STOP_MILLIS = 180_000;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String region;
    private final Source source;
    private volatile URI publisher;
    private volatile boolean stopping;
    private final AtomicLong acknowledgedBlocks = new AtomicLong();
    private final AtomicLong refusals = new AtomicLong();
    private volatile long acknowledgedRequestNanos = System.nanoTime();
    private volatile long acknowledgedNanos = System.nanoTime();
    private volatile String lastRefusal = "";
    private @Nullable Thread thread;

    Writer(String region, Source source, URI publisher) {
        this.region = region;
        this.source = source;
        this.publisher = publisher;
    }

    /** Sets the publisher's port, which is another one after a restart. */
    void moveTo(URI newPublisher) {
        publisher = newPublisher;
    }

    /** Begins to change keys from the first up to a count, over and over. */
    void start(int keys) {
        stopping = false;
        acknowledgedBlocks.set(0);
        refusals.set(0);
        Thread fresh = new Thread(() -> run(keys), "writer");
        fresh.setDaemon(true);
        thread = fresh;
        fresh.start();
    }

    /** Stops. Returns when the last change is acknowledged. */
    void stop() {
        stopping = true;
        Thread running = thread;
        try {
            if (running != null) {
                running.join(LONGEST_STOP_MILLIS);
                if (running.isAlive()) {
                    throw new AssertionError("a change is not acknowledged: " + lastRefusal);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread = null;
    }

    /** Returns how many blocks of keys were acknowledged since the start. */
    long acknowledgedBlocks() {
        return acknowledgedBlocks.get();
    }

    /** Returns how often a block had to be published again since the start. */
    long refusals() {
        return refusals.get();
    }

    /** Returns how many blocks hold every key once. */
    static int blocksOf(int keys) {
        return (keys + KEYS_A_BLOCK - 1) / KEYS_A_BLOCK;
    }

    /** Returns when the youngest acknowledged request was sent. */
    long acknowledgedRequestNanos() {
        return acknowledgedRequestNanos;
    }

    /** Returns when the last acknowledgement arrived. */
    long acknowledgedNanos() {
        return acknowledgedNanos;
    }

    private void run(int keys) {
        for (int from = 0; !stopping; from = (from + KEYS_A_BLOCK) % keys) {
            change(from, Math.min(keys, from + KEYS_A_BLOCK));
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void change(int from, int to) {
        for (int number = from; number < to; number++) {
            source.commit(number);
        }
        String keys = IntStream.range(from, to)
                .mapToObj(number -> "\"" + Source.key(number) + "\"")
                .collect(Collectors.joining(","));
        String body = "{\"region\":\"%s\",\"keys\":[%s]}".formatted(region, keys);
        while (!publish(body)) {
            refusals.incrementAndGet();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        long acknowledgedNanos = System.nanoTime();
        for (int number = from; number < to; number++) {
            source.acknowledged(number, acknowledgedNanos);
        }
        acknowledgedBlocks.incrementAndGet();
    }

    /** Publishes once, and returns whether the publisher acknowledged it. */
    boolean publish(String body) {
        long sentNanos = System.nanoTime();
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(publisher)
                            .header("Content-Type", "application/json")
                            .timeout(LONGEST_ANSWER)
                            .POST(BodyPublishers.ofString(body))
                            .build(),
                    BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
                acknowledgedNanos = System.nanoTime();
                acknowledgedRequestNanos = sentNanos;
                return true;
            }
            lastRefusal = answer.statusCode() + ": " + answer.body();
        } catch (IOException e) {
            lastRefusal = e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        return false;
    }

    @Override
    public void close() {
        stopping = true;
    }
}
