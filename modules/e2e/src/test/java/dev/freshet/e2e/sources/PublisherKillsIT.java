package dev.freshet.e2e.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.ServiceProcess;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills ({@code kill -9}) a publisher that reads PostgreSQL, at random moments while rows change. After each restart no subscriber
 * holds an entry that is older than what the database had committed. The property {@code freshet.kills} says how often.
 *
 * <p>The check runs while writes go on. Prices only grow. First it reads the database (T). Then it commits a new row, the mark. All
 * of T was committed before the mark, so it stands before the mark in the write-ahead log, and its invalidations stand before the
 * mark's in the region's log. Nothing else can evict the mark's entry, so when that entry is gone, all of them are applied. An
 * entry that is read after that and is smaller than in T is stale, without any tolerance.
 *
 * <p>A reset would hide lost invalidations, so there must be none after the first start.
 */
@Tag("ci")
final class PublisherKillsIT {

    private static final int PRODUCTS = 200;
    private static final String RESETS = "freshet_source_resets_total{source=\"shop\"} ";
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path folder;

    private final AtomicLong writes = new AtomicLong();
    private int lives;
    private int marks;

    @Test
    void noEntryIsStaleAfterAnyKill() throws Exception {
        int kills = Integer.getInteger("freshet.kills", 3);
        Random random = new Random(42);
        long checked = 0;
        long beganNanos = System.nanoTime();
        AtomicBoolean stop = new AtomicBoolean();
        try (PostgresServer database = PostgresServer.start();
                ServiceProcess subscriber = ServiceProcess.start(
                        "subscriber",
                        folder,
                        "subscriber",
                        "regions: { products: { maximum-entries: 10000 } }",
                        redis.uri());
                Connection reading = database.connect()) {
            database.execute(
                    "CREATE TABLE products (id int PRIMARY KEY, price bigint NOT NULL)",
                    "INSERT INTO products SELECT n, 0 FROM generate_series(1, " + PRODUCTS + ") n");
            subscriber.awaitReady();
            ServiceProcess publisher = startPublisher(database).awaitReady();
            awaitApplied(subscriber, reading);
            assertThat(publisher.metrics())
                    .contains(RESETS)
                    .doesNotContain(RESETS + "0.0"); // The slot is new, so regions are reset.
            CompletableFuture<Void> writer = Background.run(() -> write(database, stop));
            try {
                for (int kill = 1; kill <= kills; kill++) {
                    fill(subscriber, reading);
                    pause(random.nextInt(400));
                    publisher.kill();
                    if (kill == 1) {
                        assertThatStalenessWouldBeSeen(subscriber, reading);
                    }
                    pause(random.nextInt(200));
                    publisher = startPublisher(database);
                    if (random.nextInt(4) == 0 && kill < kills) {
                        pause(random.nextInt(2_000)); // Kills it while it connects, or reads what it missed.
                        publisher.kill();
                        kill++;
                        publisher = startPublisher(database);
                    }
                    fill(subscriber, reading);

                    Map<Integer, Long> before = truth(reading);
                    awaitApplied(subscriber, reading);
                    List<String> stale = olderThan(before, subscriber);
                    assertThat(stale).as("stale entries after kill %s", kill).isEmpty();
                    checked += before.size();
                    assertThat(publisher.metrics())
                            .as("resets after kill %s", kill)
                            .contains(RESETS + "0.0");
                }
            } finally {
                stop.set(true);
                publisher.close();
                writer.get(LONG.toSeconds(), TimeUnit.SECONDS);
            }
        }
        System.out.printf(
                "%d kills in %d s, %d writes, %d entries compared, 0 stale%n",
                kills, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - beganNanos), writes.get(), checked);
        assertThat(writes).hasPositiveValue();
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** Proves that the check finds stale entries: while no publisher runs, entries become older than the database. */
    private static void assertThatStalenessWouldBeSeen(ServiceProcess subscriber, Connection reading) throws Exception {
        fill(subscriber, reading); // The publisher may have evicted every entry before it was killed.
        await("entries are older than the database while nobody publishes")
                .atMost(LONG)
                .until(() -> !olderThan(truth(reading), subscriber).isEmpty());
    }

    /** Commits a mark, and waits until its invalidation is applied, and so all that was committed before it. */
    private void awaitApplied(ServiceProcess subscriber, Connection database) throws Exception {
        marks++;
        URI mark = entry(subscriber, -marks);
        // A new slot resets the regions, perhaps between the miss and the store.
        await("the mark is stored").atMost(LONG).until(() -> {
            HttpResponse<String> miss = send(HttpRequest.newBuilder(mark));
            return store(mark, miss, 0).statusCode() == 204;
        });
        try (PreparedStatement insert = database.prepareStatement("INSERT INTO products VALUES (" + -marks + ", 0)")) {
            insert.executeUpdate();
        }
        await("the mark is evicted")
                .atMost(LONG)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> send(HttpRequest.newBuilder(mark)).statusCode() == 404);
    }

    private ServiceProcess startPublisher(PostgresServer database) {
        lives++;
        return ServiceProcess.start(
                "publisher-cdc", folder, "publisher-" + lives, """
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

    /** Reads every product through the cache, as a service does. Missing ones are loaded from the database and stored. */
    private static void fill(ServiceProcess subscriber, Connection database) throws Exception {
        for (int id = 1; id <= PRODUCTS; id++) {
            URI entry = entry(subscriber, id);
            HttpResponse<String> answer = send(HttpRequest.newBuilder(entry));
            if (answer.statusCode() == 404) {
                store(entry, answer, load(database, id));
            }
        }
    }

    /** Stores a value under the lease of a miss. The store is refused if the key was invalidated meanwhile. */
    private static HttpResponse<String> store(URI entry, HttpResponse<String> miss, long value)
            throws IOException, InterruptedException {
        String lease = miss.headers().firstValue("Lease").orElseThrow();
        return send(HttpRequest.newBuilder(entry)
                .header("Lease", lease)
                .PUT(BodyPublishers.ofString(Long.toString(value))));
    }

    /** Returns the entries that are smaller than in the database. */
    private static List<String> olderThan(Map<Integer, Long> truth, ServiceProcess subscriber) throws Exception {
        List<String> stale = new ArrayList<>();
        for (int id = 1; id <= PRODUCTS; id++) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(entry(subscriber, id)));
            long expected = truth.getOrDefault(id, -1L);
            if (answer.statusCode() == 200 && Long.parseLong(answer.body()) < expected) {
                stale.add(id + ": " + answer.body() + ", and " + expected + " was committed");
            }
        }
        return stale;
    }

    private static URI entry(ServiceProcess subscriber, int id) {
        return subscriber.at("/v1/regions/products/entries/product:" + id);
    }

    private static long load(Connection database, int id) throws SQLException {
        try (PreparedStatement select = database.prepareStatement("SELECT price FROM products WHERE id = " + id);
                ResultSet row = select.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private static Map<Integer, Long> truth(Connection database) throws SQLException {
        Map<Integer, Long> truth = new TreeMap<>();
        try (PreparedStatement select = database.prepareStatement("SELECT id, price FROM products WHERE id > 0");
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
