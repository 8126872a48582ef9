package dev.freshet.benchmarks.inner;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Measures eviction, lease and store of a region, beside invalidation and put of plain Caffeine. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChangeBenchmark {

    private static final int ENTRIES = 8_192;

    private final Cache<String, String> caffeine =
            Caffeine.newBuilder().maximumSize(2 * ENTRIES).build();
    private final RegionCache<String> region =
            RegionCache.<String>builder("users").maximumEntries(2 * ENTRIES).build();
    private final String[] keys = new String[ENTRIES];
    private final LoggedRecord[] records = new LoggedRecord[ENTRIES];
    private int next;

    @Setup
    public void fill() {
        Subscribed.confirm(region);
        for (int i = 0; i < ENTRIES; i++) {
            String key = "user:" + i;
            keys[i] = key;
            records[i] = Subscribed.record(Selector.keys(key));
            caffeine.put(key, "value");
            region.put(key, "value");
        }
    }

    private int next() {
        next = (next + 1) & (ENTRIES - 1);
        return next;
    }

    @Benchmark
    public void caffeineEvictAndPut() {
        String key = keys[next()];
        caffeine.invalidate(key);
        caffeine.put(key, "value");
    }

    /** Applies a record of one key, then puts the key without a lease. */
    @Benchmark
    public StoreResult evictAndPut() {
        int i = next();
        region.apply(records[i]);
        return region.put(keys[i], "value");
    }

    /** Applies a record of a key that is not cached. Most subscribers cache few of the changed keys. */
    @Benchmark
    public RegionCache<String> evictNothing() {
        region.apply(records[0]);
        return region;
    }

    /** Takes a lease without a miss, and stores under it at once. */
    @Benchmark
    public StoreResult leaseAndStore() {
        Lease lease = region.lease(keys[next()]);
        return region.store(lease, "value", StoreOptions.none());
    }

    /** Applies a record, misses with a lease, and stores under it: the whole life of a cached key. */
    @Benchmark
    public StoreResult evictMissStore() {
        int i = next();
        region.apply(records[i]);
        if (region.lookup(keys[i]) instanceof Lookup.Miss<String> miss) {
            return region.store(miss.lease(), "value", StoreOptions.none());
        }
        throw new IllegalStateException("The evicted key can still be read: " + keys[i]);
    }
}
