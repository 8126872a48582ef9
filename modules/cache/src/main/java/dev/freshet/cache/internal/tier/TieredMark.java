package dev.freshet.cache.internal.tier;

import dev.freshet.bus.tier.TierLease;
import dev.freshet.cache.Mark;
import dev.freshet.schema.Position;
import org.jspecify.annotations.Nullable;

/**
 * A mark of a region with a tier.
 *
 * @param applied what had been applied when it was taken: a transaction that began later reads all of it; null: nothing is known
 * @param local the mark of the local cache
 */
record TieredMark(@Nullable Position applied, Mark local) implements Mark {

    @Override
    public String region() {
        return local.region();
    }

    /**
     * Returns a mark as the one of a region with a tier that it is.
     *
     * @throws IllegalArgumentException if it is none
     */
    static TieredMark of(Mark mark, String region) {
        if (mark instanceof TieredMark tiered) {
            return tiered;
        }
        throw new IllegalArgumentException("the mark is not of this cache of region \"" + region
                + "\" but of one of region \"" + mark.region() + "\": take it from the region that loads");
    }

    /**
     * Whether what is loaded since this mark may be stored in Redis. Redis only knows what was invalidated since the lease. If all
     * that was appended before the lease had been applied before the mark, nothing was invalidated between the two.
     */
    boolean covers(TierLease lease) {
        return applied != null
                && applied.epoch() == lease.head().epoch()
                && applied.sequence() >= lease.head().sequence();
    }
}
