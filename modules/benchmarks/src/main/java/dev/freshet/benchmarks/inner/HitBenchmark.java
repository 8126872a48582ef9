package dev.freshet.benchmarks.inner;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.cache.Miss;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The cache's own operations, the hit beside Caffeine's. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class HitBenchmark {

    private static final int ENTRIES = 1_024;

    private final Cache<String, String> caffeine =
            Caffeine.newBuilder().maximumSize(100_000).build();
    private final RegionCache<String> region =
            RegionCache.<String>builder("users").maximumEntries(100_000).build();
    private final String[] keys = new String[ENTRIES];
    private int next;

    public HitBenchmark() {
        for (int i = 0; i < ENTRIES; i++) {
            keys[i] = "user:" + i;
            caffeine.put(keys[i], "value");
            region.put(keys[i], "value");
        }
    }

    private String key() {
        next = (next + 1) & (ENTRIES - 1);
        return keys[next];
    }

    @Benchmark
    public @Nullable Object hitCaffeine() {
        return caffeine.getIfPresent(key());
    }

    @Benchmark
    public @Nullable Object hitRegion() {
        return region.getIfPresent(key());
    }

    @Benchmark
    public Object evictAndPut() {
        String key = key();
        region.invalidate(key);
        return region.put(key, "value");
    }

    @Benchmark
    public Object leaseAndStore() {
        String key = key();
        region.invalidate(new Selector.Keys(List.of(key)));
        return region.lookup(key) instanceof Miss<String> miss
                ? region.store(miss.lease(), "value", StoreOptions.none())
                : key;
    }
}
