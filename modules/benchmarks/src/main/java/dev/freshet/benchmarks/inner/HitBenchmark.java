package dev.freshet.benchmarks.inner;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures a hit beside Caffeine with the same settings. The requested keys are not the stored objects, but their hashes are known already, as
 * with strings from elsewhere that are requested more than once.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HitBenchmark {

    private static final int ENTRIES = 8_192;
    private static final Duration LIFETIME = Duration.ofMinutes(10);

    /** How full the cache is. Below one half, Caffeine keeps no account of reads, and a hit is cheaper. */
    @Param({"full", "roomy"})
    public String fill = "full";

    /** The options of the region that make a hit do more. */
    @Param({"plain", "expiring", "staleHits"})
    public String region = "plain";

    private final String[] keys = new String[ENTRIES];
    private Cache<String, String> caffeine = Caffeine.newBuilder().build();
    private @Nullable RegionCache<String> freshet;
    private int next;

    @Setup
    public void fill() {
        int maximum = fill.equals("full") ? ENTRIES : ENTRIES * 16;
        Caffeine<Object, Object> builder = Caffeine.newBuilder().maximumSize(maximum);
        RegionCacheBuilder<String> regionBuilder =
                RegionCache.<String>builder("users").maximumEntries(maximum);
        if (region.equals("expiring")) {
            builder.expireAfterWrite(LIFETIME);
            regionBuilder.expireAfterWrite(LIFETIME);
        }
        caffeine = builder.build();
        RegionCache<String> cache =
                regionBuilder.countStaleHits(region.equals("staleHits")).build();
        freshet = cache;
        Subscribed.confirm(cache);
        for (int i = 0; i < ENTRIES; i++) {
            caffeine.put("user:" + i, "value");
            cache.put("user:" + i, "value");
            keys[i] = "user:" + i;
        }
    }

    /** Throws if a measured read was not a hit. */
    @TearDown
    public void allMustBeThere() {
        for (String key : keys) {
            if (caffeine.getIfPresent(key) == null || freshet == null || freshet.getIfPresent(key) == null) {
                throw new IllegalStateException("A read was not a hit: " + key);
            }
        }
    }

    private String key() {
        next = (next + 1) & (ENTRIES - 1);
        return keys[next];
    }

    @Benchmark
    public @Nullable Object caffeine() {
        return caffeine.getIfPresent(key());
    }

    @Benchmark
    public @Nullable Object freshet() {
        return freshet == null ? null : freshet.getIfPresent(key());
    }
}
