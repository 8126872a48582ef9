package dev.freshet.benchmarks.footprint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Publishes changes at a rate, one request after the other. */
final class Changes {

    private static final int KEYS = 100_000;

    private Changes() {}

    /**
     * Sends for a time.
     *
     * @return how long it took: the time, or more if the publisher answers more slowly than the rate asks
     * @throws IllegalStateException if the publisher refuses a change
     */
    static Duration send(URI publisher, String region, Sizing.Rate rate, Duration time) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        URI address = publisher.resolve("/v1/invalidations");
        int perSecond = rate.keysPerSecond() / rate.keysPerRequest();
        long requests = Math.max(1, time.toMillis() * perSecond / 1_000);
        long pauseNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long since = System.nanoTime();
        for (int i = 0; i < requests; i++) {
            long due = since + i * pauseNanos;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            int first = i * rate.keysPerRequest();
            String keys = IntStream.range(first, first + rate.keysPerRequest())
                    .mapToObj(key -> "\"user:" + key % KEYS + "\"")
                    .collect(Collectors.joining(","));
            post(client, address, "{\"region\":\"" + region + "\",\"keys\":[" + keys + "]}");
        }
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private static void post(HttpClient client, URI address, String change) {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(address)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(change))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException("The publisher refused a change: " + answer.body());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
