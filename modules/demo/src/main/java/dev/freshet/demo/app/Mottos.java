package dev.freshet.demo.app;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.ValueCodec;
import dev.freshet.cache.WriteResult;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Caches mottos in Java, without a sidecar. Three levels: a region in this process, the Redis tier that all replicas share, the
 * database. Methods block: call them on worker threads. Safe to use from any thread.
 */
public final class Mottos implements AutoCloseable {

    private static final String REGION = "mottos";
    private static final Duration LONGEST_LIFE = Duration.ofHours(1);
    private static final Duration BOUND = Duration.ofSeconds(2);

    private final MottoStore store;
    private final RedisTier tier;
    private final Publisher publisher;
    private final CachedRegion<String> region;
    private final Subscriber subscriber;

    /**
     * The result of a lookup.
     *
     * @param motto null if the team has none
     * @param isLoaded whether the database was asked
     */
    public record Found(@Nullable String motto, boolean isLoaded) {}

    /** Connects in the background. Before that, and while Redis is unavailable, lookups read the database. */
    public Mottos(MottoStore store, String redisUri) {
        this.store = store;
        tier = RedisTier.connect(RedisTierConfig.of(redisUri));
        publisher = Publisher.connect(PublisherConfig.of(redisUri));
        RegionCache<String> local = RegionCache.<String>builder(REGION)
                .maximumEntries(1_000)
                .unconfirmed(UnconfirmedPolicy.BYPASS, BOUND)
                .build();
        region = CachedRegion.over(local)
                .tier(tier.region(REGION, LONGEST_LIFE), TEXT)
                .publisher(publisher)
                .build();
        subscriber = Subscriber.connect(SubscriberConfig.of(redisUri), Map.of(REGION, region));
    }

    /** Returns a motto: from this process, else from Redis, else from the database. */
    public Found find(int team) {
        AtomicBoolean isLoaded = new AtomicBoolean();
        String motto = region.get(key(team), (key, load) -> {
            isLoaded.set(true);
            return store.find(team);
        });
        return new Found(motto, isLoaded.get());
    }

    /** Write-through: writes the database, evicts everywhere, then caches the new value here and in Redis. */
    public WriteResult writeThrough(int team, String motto) throws SQLException {
        return region.write(key(team), motto, write -> store.put(team, motto));
    }

    /** Write-aside: writes the database and evicts everywhere. The next reader loads. */
    public void writeAside(int team, String motto) throws SQLException {
        store.put(team, motto);
        region.afterWrite(key(team)).join();
    }

    private static String key(int team) {
        return "motto:" + team;
    }

    private static final ValueCodec<String> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    @Override
    public void close() {
        subscriber.close();
        region.close();
        publisher.close();
        tier.close();
    }
}
