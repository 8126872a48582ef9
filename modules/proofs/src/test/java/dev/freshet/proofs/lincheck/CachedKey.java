package dev.freshet.proofs.lincheck;

import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.OneStripe;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;

/** A region with one key, by a clock that stands still: reads and invalidations of every kind. */
public abstract class CachedKey {

    static final String KEY = "user:1";
    static final StoreOptions TAGGED = StoreOptions.none().tags("team:7");

    static final TimeSource STANDING_STILL = new TimeSource() {
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
    public abstract static class Specification {

        @Nullable
        String value;

        /** No load that is under way may be stored. */
        abstract void refuseLoads();

        public @Nullable String read() {
            return value;
        }

        public void invalidateKey() {
            value = null;
            refuseLoads();
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

    final RegionCache<String> cache;

    CachedKey(RegionCacheBuilder<String> builder) {
        cache = builder.build();
    }

    static RegionCacheBuilder<String> builder() {
        return OneStripe.of(RegionCache.<String>builder("users"))
                .maximumEntries(100)
                .time(STANDING_STILL)
                .sweptByOwner();
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
}
