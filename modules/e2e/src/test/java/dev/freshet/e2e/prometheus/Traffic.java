package dev.freshet.e2e.prometheus;

import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Reads, stores and changes entries over HTTP, several times a second, until it is closed. */
final class Traffic implements AutoCloseable {
    private static final String REGION = "users";

    private final ServiceProcess publisher;
    private final List<ServiceProcess> subscribers;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> turns;
    private final AtomicInteger round = new AtomicInteger();
    private final AtomicReference<@Nullable Exception> fault = new AtomicReference<>();

    Traffic(ServiceProcess publisher, List<ServiceProcess> subscribers) {
        this.publisher = publisher;
        this.subscribers = subscribers;
        turns = clock.scheduleWithFixedDelay(this::turn, 0, 100, TimeUnit.MILLISECONDS);
    }

    /** The failure of the last round, or null. */
    @Nullable
    Exception fault() {
        return fault.get();
    }

    private void turn() {
        try {
            int n = round.getAndIncrement();
            String key = "user:" + n % 10;
            for (ServiceProcess subscriber : subscribers) {
                read(subscriber, key);
                // A hit; it is stale if the change below is published before the next read.
                read(subscriber, key);
            }
            switch (n % 4) {
                case 0 -> invalidate(keys(key));
                case 1 -> invalidate("\"tags\":[\"team:1\"]");
                case 2 -> invalidate("\"prefixes\":[\"user:\"]");
                default -> refusedStore(subscribers.get(0), key);
            }
            if (n % 20 == 19) {
                invalidate("\"all\":true");
            }
            fault.set(null);
        } catch (IOException | RuntimeException e) {
            fault.set(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(ServiceProcess subscriber, String key) throws IOException, InterruptedException {
        String lease = leaseOf(subscriber, key);
        if (lease != null) {
            store(subscriber, key, lease);
        }
    }

    /** Stores a value that an invalidation overtook while it was loaded; the store is refused. */
    private void refusedStore(ServiceProcess subscriber, String key) throws IOException, InterruptedException {
        invalidate(keys(key));
        String lease = leaseOf(subscriber, key);
        invalidate(keys(key));
        if (lease != null) {
            store(subscriber, key, lease);
        }
    }

    private @Nullable String leaseOf(ServiceProcess subscriber, String key) throws IOException, InterruptedException {
        HttpRequest read =
                HttpRequest.newBuilder(subscriber.at(entry(key))).GET().build();
        return http.send(read, HttpResponse.BodyHandlers.discarding())
                .headers()
                .firstValue("Lease")
                .orElse(null);
    }

    private void store(ServiceProcess subscriber, String key, String lease) throws IOException, InterruptedException {
        HttpRequest store = HttpRequest.newBuilder(subscriber.at(entry(key)))
                .header("Lease", lease)
                .header("Cache-Control", "max-age=60")
                .header("Cache-Tag", "team:1")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        http.send(store, HttpResponse.BodyHandlers.discarding());
    }

    private void invalidate(String selector) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(publisher.at("/v1/invalidations"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"region\":\"" + REGION + "\"," + selector + "}"))
                .build();
        http.send(request, HttpResponse.BodyHandlers.discarding());
    }

    private static String keys(String key) {
        return "\"keys\":[\"" + key + "\"]";
    }

    private static String entry(String key) {
        return "/v1/regions/" + REGION + "/entries/" + key;
    }

    @Override
    public void close() {
        turns.cancel(true);
        clock.shutdownNow();
    }
}
