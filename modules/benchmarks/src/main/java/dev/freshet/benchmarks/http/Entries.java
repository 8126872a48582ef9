package dev.freshet.benchmarks.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** Uses the subscriber's HTTP API as an application does. */
public final class Entries {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int NOT_FOUND = 404;
    private static final int STORED = 204;
    private static final int FOUND = 200;

    private Entries() {}

    /**
     * Reads an entry that must be missing, and stores it under the lease.
     *
     * @throws IllegalStateException if the entry exists or the store is refused
     */
    public static void store(URI entry, String body, String contentType) {
        HttpResponse<String> miss = send(HttpRequest.newBuilder(entry).GET().build());
        String lease = miss.headers().firstValue("Lease").orElse("");
        if (miss.statusCode() != NOT_FOUND || lease.isEmpty()) {
            throw new IllegalStateException("Expected 404 with a lease, got " + miss.statusCode());
        }
        int status = send(HttpRequest.newBuilder(entry)
                        .PUT(HttpRequest.BodyPublishers.ofString(body))
                        .header("Content-Type", contentType)
                        .header("Lease", lease)
                        .build())
                .statusCode();
        if (status != STORED) {
            throw new IllegalStateException("Expected 204 for the store, got " + status);
        }
    }

    /** Waits until the address answers with this body, for at most 10 s. */
    public static void awaitAnswer(URI uri, String body) {
        long sinceNanos = System.nanoTime();
        while (true) {
            try {
                HttpResponse<String> answer =
                        send(HttpRequest.newBuilder(uri).GET().build());
                if (answer.statusCode() == FOUND && answer.body().equals(body)) {
                    return;
                }
                throw new IllegalStateException(
                        "Expected 200 with the stored body, got " + answer.statusCode() + " " + answer.body());
            } catch (UncheckedIOException notYet) {
                if (System.nanoTime() - sinceNanos > TIMEOUT.toNanos()) {
                    throw notYet;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }
    }

    /**
     * Reads entries in one request.
     *
     * @throws IllegalStateException if one of them is missing
     */
    public static void requireAll(URI batchGet, String keys, int count, String value) {
        HttpResponse<String> answer = send(HttpRequest.newBuilder(batchGet)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(keys))
                .build());
        String quoted = "\"value\":\"" + value.replace("\"", "\\\"") + "\"";
        if (answer.statusCode() != FOUND || answer.body().split(Pattern.quote(quoted), -1).length != count + 1) {
            throw new IllegalStateException(
                    "Expected 200 with " + count + " values, got " + answer.statusCode() + " " + answer.body());
        }
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try {
            return CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
