package dev.freshet.benchmarks.inner;

import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures a broad invalidation of every entry of a region, until no entry can be read. That is when {@code apply} returns. After each
 * invocation, outside the measured time, every entry is read and must be missing, so a region that only started to evict fails.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BroadBenchmark {

    @Param({"1000", "1000000"})
    public int entries = 1_000;

    @Param({"tag", "prefix", "clear"})
    public String selector = "tag";

    private RegionCache<String> region =
            RegionCache.<String>builder("users").maximumEntries(1).build();
    private String[] keys = {};

    @Setup(Level.Trial)
    public void makeRegion() {
        region = RegionCache.<String>builder("users")
                .maximumEntries(2L * entries)
                .build();
        Subscribed.confirm(region);
        keys = new String[entries];
        for (int i = 0; i < entries; i++) {
            keys[i] = "user:" + i;
        }
    }

    @Setup(Level.Invocation)
    public void fill() {
        StoreOptions options =
                selector.equals("tag") ? StoreOptions.none().tags(List.of("team:7")) : StoreOptions.none();
        for (String key : keys) {
            region.put(key, "value", options);
        }
        if (region.getIfPresent(keys[0]) == null || region.getIfPresent(keys[entries - 1]) == null) {
            throw new IllegalStateException("The region lacks the entries to evict");
        }
    }

    @Benchmark
    public Object invalidate() {
        region.apply(Subscribed.record(
                switch (selector) {
                    case "tag" -> Selector.tags("team:7");
                    case "prefix" -> Selector.prefixes("user:");
                    default -> Selector.all();
                }));
        return region.getIfPresent(keys[entries / 2]) == null ? "gone" : region;
    }

    @TearDown(Level.Invocation)
    public void mustBeGone() {
        for (String key : keys) {
            if (region.getIfPresent(key) != null) {
                throw new IllegalStateException(key + " can still be read");
            }
        }
    }
}
