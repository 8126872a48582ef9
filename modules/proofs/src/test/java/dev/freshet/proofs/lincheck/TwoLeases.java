package dev.freshet.proofs.lincheck;

import dev.freshet.cache.Lease;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;

/** One lease that was handed out before all else, and one that is handed out meanwhile. */
public abstract class TwoLeases extends CachedKey {

    /** What the cache must look like to those who store under the leases. */
    public static class Specification extends CachedKey.Specification {
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

        @Override
        void refuseLoads() {
            firstIsLive = false;
            secondIsLive = false;
        }
    }

    private final Lease first;
    private @Nullable Lease second;

    /** @param beforeLeases what is done with the cache first */
    TwoLeases(RegionCacheBuilder<String> builder, Consumer<RegionCache<String>> beforeLeases) {
        super(builder);
        beforeLeases.accept(cache);
        first = cache.lease(KEY);
    }

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
}
