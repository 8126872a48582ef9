package dev.freshet.benchmarks.growth;

import dev.freshet.benchmarks.growth.Growth.Notebook;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.function.IntConsumer;

/** Measures the curves of one process's cache. */
final class CacheCurves {

    private static final int PROBES = 1_000;

    private final Growth.Plan plan;

    CacheCurves(Growth.Plan plan) {
        this.plan = plan;
    }

    void run(Notebook notebook) {
        for (int entries : plan.entries()) {
            entries(notebook, entries);
        }
        for (int fences : plan.fences()) {
            fences(notebook, "tags", fences);
            fences(notebook, "prefixes", fences);
        }
    }

    private static RegionCache<String> filled(int entries) {
        RegionCache<String> cache = RegionCache.<String>builder("users")
                .maximumEntries(2L * entries)
                .sweptByOwner()
                .build();
        StoreOptions tagged = StoreOptions.none().tags(List.of("team:7"));
        for (int i = 0; i < entries; i++) {
            cache.put("user:" + i, "value", tagged);
        }
        return cache;
    }

    private void entries(Notebook notebook, int entries) {
        String at = Growth.count(entries);
        try (RegionCache<String> cache = filled(entries)) {
            int step = Math.max(1, entries / PROBES);
            notebook.note("Entries: hit", at, "ns", nanos(entries / step, i -> require(cache, "user:" + i * step)));
            notebook.note(
                    "Entries: eviction of a key",
                    at,
                    "ns",
                    nanos(entries / step / 2, i -> cache.invalidate("user:" + i * step)));
            long startNanos = System.nanoTime();
            cache.invalidate(Selector.tags("team:7"));
            notebook.note("Entries: tag of all", at, "µs", (System.nanoTime() - startNanos) / 1e3);
            startNanos = System.nanoTime();
            cache.sweep();
            notebook.note("Entries: sweep after the tag", at, "ms", (System.nanoTime() - startNanos) / 1e6);
        }
    }

    private void fences(Notebook notebook, String what, int fences) {
        String at = Growth.count(fences);
        try (RegionCache<String> cache = filled(PROBES)) {
            for (int i = 0; i < fences; i++) {
                cache.invalidate(what.equals("tags") ? Selector.tags("other:" + i) : Selector.prefixes("other:" + i));
            }
            // An entry's first read checks the fences; later reads need not.
            notebook.note(
                    "Outstanding tags or prefixes: " + what + ", first hit",
                    at,
                    "ns",
                    nanos(PROBES, i -> require(cache, "user:" + i)));
            notebook.note(
                    "Outstanding tags or prefixes: " + what + ", later hit",
                    at,
                    "ns",
                    nanos(PROBES, i -> require(cache, "user:" + i)));
            StoreOptions tagged = StoreOptions.none().tags(List.of("team:7"));
            notebook.note(
                    "Outstanding tags or prefixes: " + what + ", lease and store",
                    at,
                    "ns",
                    nanos(PROBES, i -> cache.store(cache.lease("user:" + i), "value", tagged)));
        }
    }

    private static void require(RegionCache<String> cache, String key) {
        if (cache.getIfPresent(key) == null) {
            throw new IllegalStateException("The cache lacks " + key);
        }
    }

    private static double nanos(int times, IntConsumer action) {
        int count = Math.max(1, times);
        long startNanos = System.nanoTime();
        for (int i = 0; i < count; i++) {
            action.accept(i);
        }
        return (System.nanoTime() - startNanos) / (double) count;
    }
}
