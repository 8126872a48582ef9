package dev.freshet.e2e.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.FreshetProcess;
import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of a publisher that reads PostgreSQL, at random moments while rows change: after each restart no subscriber
 * holds an entry that differs from the database. How often: {@code freshet.kills}.
 */
final class PublisherKillsIT {

    private static final int PRODUCTS = 200;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private final AtomicLong writes = new AtomicLong();

    @Test
    void noEntryIsStaleAfterAnyKill() throws Exception {
        int kills = Integer.getInteger("freshet.kills", 3);
        Random random = new Random(42);
        try (PostgresServer database = PostgresServer.start();
                FreshetProcess subscriber = FreshetProcess.start(
                        "subscriber",
                        folder,
                        "subscriber",
                        "regions: { products: { maximum-entries: 10000 } }",
                        redis.uri())) {
            database.execute(
                    "CREATE TABLE products (id int PRIMARY KEY, price bigint NOT NULL)",
                    "INSERT INTO products SELECT n, 0 FROM generate_series(1, " + PRODUCTS + ") n");
            subscriber.awaitReady();
            FreshetProcess publisher = startPublisher(database, 0);
            try (Connection reading = database.connect()) {
                for (int kill = 1; kill <= kills; kill++) {
                    fill(subscriber, reading);
                    AtomicBoolean stop = new AtomicBoolean();
                    CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(database, stop));
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
                    publisher.kill();
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(200)));
                    publisher = startPublisher(database, kill);
                    fill(subscriber, reading);
                    stop.set(true);
                    writer.get(LONG.toSeconds(), TimeUnit.SECONDS);
                    await("no stale entry after kill " + kill).atMost(LONG).untilAsserted(() -> assertThat(
                                    stale(subscriber, reading))
                            .isEmpty());
                }
            } finally {
                publisher.close();
            }
        }
        assertThat(writes).hasPositiveValue();
    }

    private FreshetProcess startPublisher(PostgresServer database, int life) {
        return FreshetProcess.start(
                "publisher-cdc", folder, "publisher-" + life, """
                sources:
                  shop:
                    kind: postgresql
                    uri: "%s"
                    batch: 50
                    rules:
                      products: { table: products, region: products, keys: "product:{id}" }
                """.formatted(database.uri()), redis.uri());
    }

    private void write(PostgresServer database, AtomicBoolean stop) {
        Random random = new Random();
        try (Connection connection = database.connect();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE products SET price = price + 1 WHERE id = ?")) {
            while (!stop.get()) {
                update.setInt(1, 1 + random.nextInt(PRODUCTS));
                update.executeUpdate();
                writes.incrementAndGet();
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(500));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads every product through the cache, as a service does: what is missing is loaded from the database and stored. */
    private static void fill(FreshetProcess subscriber, Connection database) throws Exception {
        for (int id = 1; id <= PRODUCTS; id++) {
            URI entry = entry(subscriber, id);
            HttpResponse<String> answer = send(HttpRequest.newBuilder(entry));
            if (answer.statusCode() == 404) {
                String lease = answer.headers().firstValue("Lease").orElseThrow();
                send(HttpRequest.newBuilder(entry)
                        .header("Lease", lease)
                        .PUT(BodyPublishers.ofString(
                                Long.toString(truth(database).getOrDefault(id, -1L)))));
            }
        }
    }

    /** The entries that differ from the database. */
    private static List<String> stale(FreshetProcess subscriber, Connection database) throws Exception {
        Map<Integer, Long> truth = truth(database);
        List<String> stale = new ArrayList<>();
        for (int id = 1; id <= PRODUCTS; id++) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(entry(subscriber, id)));
            String expected = Long.toString(truth.getOrDefault(id, -1L));
            if (answer.statusCode() == 200 && !answer.body().equals(expected)) {
                stale.add(id + ": " + answer.body() + " instead of " + expected);
            }
        }
        return stale;
    }

    private static URI entry(FreshetProcess subscriber, int id) {
        return subscriber.at("/v1/regions/products/entries/product:" + id);
    }

    private static Map<Integer, Long> truth(Connection database) throws SQLException {
        Map<Integer, Long> truth = new TreeMap<>();
        try (PreparedStatement select = database.prepareStatement("SELECT id, price FROM products");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                truth.put(rows.getInt(1), rows.getLong(2));
            }
        }
        return truth;
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
