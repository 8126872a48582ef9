package dev.freshet.cache.lincheck;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.cache.OneStripe;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two leases of one key, stored against invalidations of every kind, reads and sweeps. */
@Tag("ci")
public class FenceLincheckTest {

    private static final String KEY = "user:1";
    private static final StoreOptions TAGGED = StoreOptions.none().tags("team:7");

    private static final TimeSource STANDING_STILL = new TimeSource() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long wallMicros() {
            return 0;
        }
    };

    /** What the cache must look like to its users, without leases' time to live. */
    public static class Specification {
        private @Nullable String value;
        private boolean firstIsLive = true;
        private boolean secondIsLive;

        public boolean storeFirst() {
            boolean stored = firstIsLive;
            firstIsLive = false;
            value = stored ? "first" : value;
            return stored;
        }

        public void leaseSecond() {
            secondIsLive = true;
        }

        public boolean storeSecond() {
            boolean stored = secondIsLive;
            secondIsLive = false;
            value = stored ? "second" : value;
            return stored;
        }

        public @Nullable String read() {
            return value;
        }

        public void invalidateKey() {
            value = null;
            firstIsLive = false;
            secondIsLive = false;
        }

        public void invalidateTag() {
            invalidateKey();
        }

        public void invalidateAnotherTag() {}

        public void invalidatePrefix() {
            invalidateKey();
        }

        public void clear() {
            invalidateKey();
        }

        public void reset() {
            invalidateKey();
        }

        public void sweep() {}
    }

    private final RegionCache<String> cache = OneStripe.of(RegionCache.<String>builder("users"))
            .maximumEntries(100)
            .time(STANDING_STILL)
            .sweptByOwner()
            .build();

    private final Lease first = cache.lease(KEY);
    private @Nullable Lease second;

    @Operation
    public boolean storeFirst() {
        return cache.store(first, "first", TAGGED).isStored();
    }

    @Operation(nonParallelGroup = "second")
    public void leaseSecond() {
        second = cache.lease(KEY);
    }

    @Operation(nonParallelGroup = "second")
    public boolean storeSecond() {
        return second != null && cache.store(second, "second", TAGGED).isStored();
    }

    @Operation
    public @Nullable String read() {
        return cache.getIfPresent(KEY);
    }

    @Operation
    public void invalidateKey() {
        cache.invalidate(KEY);
    }

    @Operation
    public void invalidateTag() {
        cache.invalidate(Selector.tags("team:7"));
    }

    @Operation
    public void invalidateAnotherTag() {
        cache.invalidate(Selector.tags("team:8"));
    }

    @Operation
    public void invalidatePrefix() {
        cache.invalidate(Selector.prefixes("user:"));
    }

    @Operation
    public void clear() {
        cache.clear();
    }

    @Operation
    public void reset() {
        cache.reset(ResetReason.EPOCH);
    }

    @Operation
    public void sweep() {
        cache.sweep();
    }

    /**
     * The scenarios in which a simpler protocol lets something come back: before; the threads, side by side; after. Random
     * ones, by which they were found, need minutes to meet them.
     */
    private static final List<String[]> SCENARIOS = List.of(
            new String[] {"", "storeFirst | invalidateKey", "read"},
            new String[] {"", "storeFirst | invalidateTag", "read"},
            new String[] {"", "storeFirst | invalidatePrefix", "read"},
            new String[] {"", "storeFirst | clear", "read"},
            new String[] {"", "storeFirst | reset", "read"},
            new String[] {"", "storeFirst | invalidateTag sweep", "read"},
            new String[] {"invalidateTag", "storeFirst | sweep", "read"},
            new String[] {"storeFirst", "read | invalidateTag", "read"},
            new String[] {"storeFirst invalidateTag", "read | sweep", "read"},
            new String[] {"storeFirst invalidatePrefix", "read | clear", "read"},
            new String[] {"storeFirst", "leaseSecond storeSecond | invalidateKey", "read"},
            new String[] {"", "leaseSecond storeSecond | invalidateTag", "storeFirst read"},
            new String[] {"storeFirst invalidateAnotherTag", "read | invalidateTag", "read"},
            new String[] {"invalidateAnotherTag", "storeFirst | invalidateTag sweep", "read"},
            new String[] {"invalidateAnotherTag", "invalidateTag | storeFirst leaseSecond storeSecond", "read"});

    private static final List<String> INVALIDATIONS =
            List.of("invalidateKey", "invalidateTag", "invalidatePrefix", "clear", "reset");

    /** A store against every two of the invalidations: one after the other in either order, and side by side. */
    private static Stream<String[]> pairs() {
        Stream.Builder<String[]> pairs = Stream.builder();
        for (String one : INVALIDATIONS) {
            for (String other : INVALIDATIONS) {
                pairs.add(new String[] {"", "storeFirst | " + one + " " + other, "read"});
                if (one.compareTo(other) <= 0) {
                    pairs.add(new String[] {"storeFirst", "leaseSecond storeSecond | " + one + " | " + other, "read"});
                }
            }
        }
        return pairs.build();
    }

    /** A reader of an entry against every invalidation and a sweep. */
    private static Stream<String[]> sweeps() {
        return INVALIDATIONS.stream().map(one -> new String[] {"storeFirst", "read | " + one + " sweep", "read"});
    }

    /** Enough for every switch of threads at one point; more would cost minutes. */
    private static final int INVOCATIONS = 200;

    /** There are forty of these, and each single invalidation is above. */
    private static final int INVOCATIONS_OF_PAIRS = 50;

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        LincheckScenarios.check(
                FenceLincheckTest.class,
                Specification.class,
                INVOCATIONS,
                Stream.concat(SCENARIOS.stream(), sweeps()).toList());
    }

    @Test
    void soDoesAStoreAgainstEveryTwoInvalidations() {
        LincheckScenarios.check(FenceLincheckTest.class, Specification.class, INVOCATIONS_OF_PAIRS, pairs().toList());
    }
}
