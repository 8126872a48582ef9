package dev.freshet.benchmarks.source;

import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.source.Evictions.Eviction;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.cache.RegionCache;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;

/**
 * Changes rows, one transaction each, at a rate below the capacity of every way. The time runs from the moment that COMMIT is sent to the
 * moment that a subscriber has evicted the key. It starts before the answer to COMMIT, so a slow COMMIT counts for all ways alike. The
 * gaps between changes are random, so that no polling loop falls into step with them.
 */
final class SourceBenchmark {

    static final String TOTAL_MEDIAN = "From commit to eviction, p50";
    static final String TOTAL_TAIL = "From commit to eviction, p99";
    private static final String STAGE = "Where the time goes, p50: ";
    private static final int ROWS = 300;
    private static final int SMOKE_ROWS = 20;
    private static final double SHORTEST_GAP_MILLIS = 3;
    private static final double LONGEST_GAP_MILLIS = 17;
    private static final String OUTBOX_DEFINITION = "/dev/freshet/sources/outbox-postgresql.sql";

    private final String database;
    private final URI redis;
    private final int rounds;
    private final int rowCount;
    private final Consumer<String> progress;
    private final Evictions evictions = new Evictions();
    private final Map<String, RegionCache<String>> caches = new HashMap<>();
    private final Map<List<String>, List<Double>> figures = new LinkedHashMap<>();

    SourceBenchmark(String database, URI redis, int rounds, boolean isSmoke, Consumer<String> progress) {
        this.database = database;
        this.redis = redis;
        this.rounds = rounds;
        this.rowCount = isSmoke ? SMOKE_ROWS : ROWS;
        this.progress = progress;
    }

    List<Figure> run(Path publisherJar, Path cdcJar) throws SQLException {
        List<Way> ways = new ArrayList<>();
        for (String region : List.of("direct", "log", "outbox", "slow_poll", "poll")) {
            caches.put(
                    region,
                    RegionCache.<String>builder(region).maximumEntries(10_000).build());
        }
        try (Connection connection = DriverManager.getConnection(database);
                Publisher publisher = Publisher.connect(PublisherConfig.of(redis.toString()));
                Subscriber subscriber =
                        Subscriber.connect(SubscriberConfig.of(redis.toString()), Map.copyOf(caches), evictions)) {
            createOutbox(connection);
            ways.add(new DirectWay(rows(connection, "direct"), publisher));
            ways.add(ProcessWay.log(rows(connection, "log"), cdcJar, database, redis));
            ways.add(ProcessWay.outbox(rows(connection, "outbox"), publisherJar, database, redis));
            ways.add(new PolledSlot(database, rows(connection, "poll"), publisher, Duration.ofMillis(10)));
            ways.add(new PolledSlot(database, rows(connection, "slow_poll"), publisher, Duration.ofMillis(100)));
            while (!subscriber.isCaughtUp() || !publisher.isConnected()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
            for (int round = 0; round <= rounds; round++) {
                progress.accept(round == 0 ? "warming up" : "round " + round + " of " + rounds);
                for (Way way : ways) {
                    take(way, connection, round > 0);
                }
            }
        } finally {
            ways.forEach(Way::close);
            caches.values().forEach(RegionCache::close);
        }
        return figures.entrySet().stream()
                .map(entry -> new Figure(entry.getKey().get(0), entry.getKey().get(1), "ms", entry.getValue()))
                .toList();
    }

    private Rows rows(Connection connection, String region) throws SQLException {
        Rows rows = new Rows(region, rowCount);
        rows.create(connection);
        return rows;
    }

    private static void createOutbox(Connection connection) throws SQLException {
        try (InputStream sql = Objects.requireNonNull(SourceBenchmark.class.getResourceAsStream(OUTBOX_DEFINITION));
                Statement statement = connection.createStatement()) {
            statement.execute(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Measures one turn of one way. */
    private void take(Way way, Connection connection, boolean counts) throws SQLException {
        Rows rows = way.rows();
        RegionCache<String> cache = Objects.requireNonNull(caches.get(rows.region()));
        for (int i = 0; i < rows.count(); i++) {
            cache.put(rows.key(i), "value");
        }
        evictions.begin(rows);
        way.begin();
        Random random = new Random(42);
        long[] sentNanos = new long[rows.count()];
        connection.setAutoCommit(false);
        for (int i = 0; i < rows.count(); i++) {
            double gapMillis = SHORTEST_GAP_MILLIS + random.nextDouble() * (LONGEST_GAP_MILLIS - SHORTEST_GAP_MILLIS);
            LockSupport.parkNanos((long) (gapMillis * 1_000_000));
            way.write(connection, i);
            sentNanos[i] = System.nanoTime();
            connection.commit();
            way.afterCommit(i);
        }
        connection.setAutoCommit(true);
        List<Long> totals = new ArrayList<>();
        List<Eviction> all = new ArrayList<>();
        List<Long> sources = new ArrayList<>();
        for (int i = 0; i < rows.count(); i++) {
            Eviction eviction = evictions.await(i);
            long totalMicros = (eviction.atNanos() - sentNanos[i]) / 1_000;
            totals.add(totalMicros);
            all.add(eviction);
            sources.add(totalMicros - eviction.appendMicros() - eviction.deliveryMicros() - eviction.evictMicros());
        }
        way.end();
        if (counts) {
            note(TOTAL_MEDIAN, way, totals, 0.5);
            note(TOTAL_TAIL, way, totals, 0.99);
            note(STAGE + "source (commit to acceptance)", way, sources, 0.5);
            note(STAGE + "append (acceptance to log)", way, of(all, Eviction::appendMicros), 0.5);
            note(STAGE + "delivery (log to subscriber)", way, of(all, Eviction::deliveryMicros), 0.5);
            note(STAGE + "evict", way, of(all, Eviction::evictMicros), 0.5);
        }
    }

    private static List<Long> of(List<Eviction> evictions, ToLongFunction<Eviction> micros) {
        return evictions.stream().mapToLong(micros).boxed().toList();
    }

    private void note(String measure, Way way, List<Long> micros, double quantile) {
        List<Long> sorted = new ArrayList<>(micros);
        sorted.sort(null);
        long value = sorted.get((int) Math.min(sorted.size() - 1L, Math.round(quantile * sorted.size())));
        figures.computeIfAbsent(List.of(measure, way.title()), key -> new ArrayList<>())
                .add(value / 1_000.0);
    }
}
