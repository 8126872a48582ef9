package dev.freshet.benchmarks.footprint;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Measures the memory of an entry beyond key and value, by the growth of the used heap. Keys, values and the texts of tags exist before the
 * measurement and remain.
 */
public final class MemoryPerEntry {

    /** The command's name. */
    public static final String NAME = "memory";

    private static final String TABLE = "Memory per entry beyond key and value: ";

    /** The measure for entries of a region that only a number limits. */
    public static final String PLAIN = TABLE + "no options";

    /** The cache that holds the entries. */
    public static final String FRESHET = "Freshet";

    public static final String CAFFEINE = "Caffeine";

    private static final Duration LIFETIME = Duration.ofMinutes(10);
    private static final int COLLECTIONS = 3;

    /** The value that a user of Caffeine needs in order to know an entry's tags. */
    private record Tagged(String value, List<String> tags) {}

    private final int rounds;
    private final Consumer<String> progress;
    private final String[] keys;
    private final String[] values;
    private final List<String> tags = List.of("team:7", "country:de");
    private final Map<List<String>, List<Double>> measured = new LinkedHashMap<>();

    /**
     * Creates a run.
     *
     * @param entries entries in each cache
     */
    public MemoryPerEntry(int rounds, int entries, Consumer<String> progress) {
        this.rounds = rounds;
        this.progress = progress;
        keys = new String[entries];
        values = new String[entries];
        for (int i = 0; i < entries; i++) {
            keys[i] = "user:" + i;
            values[i] = "value " + i;
        }
    }

    /** Measures all caches in turn, round by round. */
    public Report run() {
        for (int round = 0; round <= rounds; round++) {
            progress.accept(round == 0 ? "warming up" : "round " + round + " of " + rounds);
            round(round > 0);
        }
        List<Figure> figures = new ArrayList<>();
        measured.forEach((line, bytes) -> figures.add(new Figure(line.get(0), line.get(1), "bytes", bytes)));
        return new Report(NAME, Machine.line("none"), figures);
    }

    private void round(boolean counts) {
        note(counts, PLAIN, CAFFEINE, () -> filled(caffeine()));
        note(counts, PLAIN, FRESHET, () -> filled(region(), StoreOptions.none()));
        String expiring = TABLE + "expire-after-write";
        note(counts, expiring, CAFFEINE, () -> filled(caffeine().expireAfterWrite(LIFETIME)));
        note(counts, expiring, FRESHET, () -> filled(region().expireAfterWrite(LIFETIME), StoreOptions.none()));
        String sidecar = expiring + ", stale hits counted";
        note(counts, sidecar, CAFFEINE, () -> filled(caffeine().expireAfterWrite(LIFETIME)));
        note(
                counts,
                sidecar,
                FRESHET,
                () -> filled(region().expireAfterWrite(LIFETIME).countStaleHits(true), StoreOptions.none()));
        String tagged = TABLE + "two tags";
        note(counts, tagged, CAFFEINE, () -> filledWithTags(caffeine()));
        note(counts, tagged, FRESHET, () -> filled(region(), StoreOptions.none().tags(tags)));
    }

    private Caffeine<Object, Object> caffeine() {
        return Caffeine.newBuilder().maximumSize(keys.length).executor(Runnable::run);
    }

    private RegionCacheBuilder<String> region() {
        return RegionCache.<String>builder("users").maximumEntries(keys.length).sweptByOwner();
    }

    private Object filled(Caffeine<Object, Object> builder) {
        Cache<String, String> cache = builder.build();
        for (int i = 0; i < keys.length; i++) {
            cache.put(keys[i], values[i]);
        }
        return mustHoldAll(cache, cache.estimatedSize());
    }

    private Object filledWithTags(Caffeine<Object, Object> builder) {
        Cache<String, Tagged> cache = builder.build();
        for (int i = 0; i < keys.length; i++) {
            // A new list, as if it had just been read.
            cache.put(keys[i], new Tagged(values[i], List.of(tags.get(0), tags.get(1))));
        }
        return mustHoldAll(cache, cache.estimatedSize());
    }

    private Object filled(RegionCacheBuilder<String> builder, StoreOptions options) {
        RegionCache<String> cache = builder.build();
        for (int i = 0; i < keys.length; i++) {
            cache.put(keys[i], values[i], options);
        }
        return mustHoldAll(cache, cache.size());
    }

    private Object mustHoldAll(Object cache, long size) {
        if (size != keys.length) {
            throw new IllegalStateException("The cache holds " + size + " entries instead of " + keys.length);
        }
        return cache;
    }

    private void note(boolean counts, String measure, String who, Supplier<Object> cache) {
        long before = usedBytes();
        Object held = cache.get();
        double bytes = (usedBytes() - before) / (double) keys.length;
        if (held.hashCode() == 0 && bytes == 0) {
            throw new IllegalStateException("The heap did not grow"); // uses the cache, so that it is alive here
        }
        if (counts) {
            measured.computeIfAbsent(List.of(measure, who), absent -> new ArrayList<>())
                    .add(bytes);
        }
    }

    private static long usedBytes() {
        for (int i = 0; i < COLLECTIONS; i++) {
            ManagementFactory.getMemoryMXBean().gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
