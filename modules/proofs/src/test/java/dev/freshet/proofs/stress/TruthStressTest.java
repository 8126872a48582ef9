package dev.freshet.proofs.stress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One thread changes the truth and then invalidates, as a source and its bus do. Once an invalidation was applied nobody may
 * read an older value, whichever way it got into the cache and however slow the load was.
 */
@Timeout(600)
class TruthStressTest {

    private static final int KEYS = 24;
    private static final int CHANGES = 40_000;

    private final AtomicLongArray truth = new AtomicLongArray(KEYS);
    private final AtomicLongArray applied = new AtomicLongArray(KEYS);
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong checkedReads = new AtomicLong();
    private final AtomicLong checkedHits = new AtomicLong();

    private final RegionCache<Long> cache = RegionCache.<Long>builder("users")
            .maximumEntries(KEYS * 4L)
            .maximumBroadInvalidations(64)
            .maximumLeases(50)
            .expireAfterWrite(Duration.ofMinutes(5))
            .sweptByOwner()
            .build();

    private static String key(int index) {
        return group(index) + ":" + index;
    }

    private static String group(int index) {
        return "g" + index % 4;
    }

    private static String tag(int index) {
        return "t" + index % 6;
    }

    private void changeAndInvalidate() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int change = 0; (change < CHANGES || fewWereChecked()) && !ended.get(); change++) {
            int index = random.nextInt(KEYS);
            int kind = random.nextInt(100);
            long[] now = new long[KEYS];
            for (int i = 0; i < KEYS; i++) {
                boolean changes =
                        kind < 50 ? i == index : kind < 75 ? i % 6 == index % 6 : kind >= 95 || i % 4 == index % 4;
                now[i] = changes ? truth.incrementAndGet(i) : -1;
            }
            if (kind < 50) {
                cache.invalidate(key(index));
            } else if (kind < 75) {
                cache.invalidate(Selector.tags(tag(index)));
            } else if (kind < 95) {
                cache.invalidate(Selector.prefixes(group(index) + ":"));
            } else if (kind < 98) {
                cache.clear();
            } else {
                cache.reset(ResetReason.EPOCH);
            }
            for (int i = 0; i < KEYS; i++) {
                if (now[i] >= 0) {
                    applied.set(i, now[i]);
                }
            }
            linger(random.nextInt(64));
        }
    }

    /** On few processors the readers may hardly have had a turn when all changes are made. */
    private boolean fewWereChecked() {
        return checkedHits.get() <= 1_000 || checkedReads.get() <= 10_000;
    }

    private long slowlyLoad(int index) {
        long value = truth.get(index);
        linger(ThreadLocalRandom.current().nextInt(64));
        return value;
    }

    /** Takes a moment; now and then long enough for others to get the processor. */
    private static void linger(int moments) {
        if (moments == 0) {
            LockSupport.parkNanos(1);
        }
        for (int i = 0; i < moments; i++) {
            Thread.onSpinWait();
        }
    }

    private void readAndLoad() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        StoreOptions[] tagged = new StoreOptions[KEYS];
        for (int i = 0; i < KEYS; i++) {
            tagged[i] = StoreOptions.none().tags(tag(i));
        }
        while (!ended.get()) {
            int index = random.nextInt(KEYS);
            String key = key(index);
            long atLeast = applied.get(index);
            Long found;
            switch (random.nextInt(3)) {
                case 0 -> found = cache.getIfPresent(key);
                case 1 -> {
                    found = cache.get(key, (wanted, load) -> {
                        load.tags(tag(index));
                        return slowlyLoad(index);
                    });
                }
                default -> {
                    Lookup<Long> lookup = cache.lookup(key);
                    if (lookup instanceof Lookup.Miss<Long> miss) {
                        long value = slowlyLoad(index);
                        cache.store(key, miss.lease().token(), value, tagged[index]);
                    }
                    found = cache.getIfPresent(key);
                }
            }
            checkedReads.incrementAndGet();
            if (found != null) {
                checkedHits.incrementAndGet();
                assertThat(found).as("key %s", key).isGreaterThanOrEqualTo(atLeast);
            }
        }
    }

    @Test
    void nobodyReadsWhatWasInvalidatedBefore() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(threads.submit(() -> {
                try {
                    readAndLoad();
                } finally {
                    ended.set(true); // a reader that found a fault ends the test
                }
            }));
        }
        readers.add(threads.submit(() -> {
            while (!ended.get()) {
                cache.sweep();
            }
        }));
        try {
            Callable<?> changes = Executors.callable(this::changeAndInvalidate);
            threads.submit(changes).get();
        } finally {
            ended.set(true);
        }
        for (Future<?> reader : readers) {
            reader.get();
        }
        threads.shutdown();
        cache.sweep();
        for (int i = 0; i < KEYS; i++) {
            Long left = cache.getIfPresent(key(i));
            if (left != null) {
                assertThat(left).isEqualTo(truth.get(i));
            }
        }
    }
}
