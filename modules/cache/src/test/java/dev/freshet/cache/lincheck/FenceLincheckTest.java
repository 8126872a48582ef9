package dev.freshet.cache.lincheck;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Two leases of one key, stored against invalidations of every kind, reads and sweeps. */
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

    private final RegionCache<String> cache = RegionCache.<String>builder("users")
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

    @Test
    void everyInterleavingLooksLikeOneAfterTheOther() {
        new ModelCheckingOptions()
                .sequentialSpecification(Specification.class)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(2)
                .iterations(60)
                .invocationsPerIteration(500)
                // Caffeine's calls are taken for the atomic steps that its own Lincheck tests show them to be.
                .addGuarantee(forClasses(name -> name.startsWith("com.github.benmanes.caffeine."))
                        .allMethods()
                        .treatAsAtomic())
                .check(FenceLincheckTest.class);
    }
}
