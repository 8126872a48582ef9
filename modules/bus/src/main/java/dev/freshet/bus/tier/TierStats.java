package dev.freshet.bus.tier;

import java.util.Map;

/**
 * What happened in one region's tier, as seen by this process; all counts only grow.
 *
 * @param hits reads that found a value
 * @param misses reads that found none
 * @param errors reads, stores and evictions that Redis did not answer, or not in time
 * @param stores how many stores had which outcome
 * @param answered how many calls Redis answered
 * @param answeredNanos the sum of their times, from the call to the answer
 * @param badSignatures values that were found, but not signed with one of the keys, so that they count as misses
 */
public record TierStats(
        long hits,
        long misses,
        long errors,
        Map<TierStored, Long> stores,
        long answered,
        long answeredNanos,
        long badSignatures) {

    public TierStats {
        stores = Map.copyOf(stores);
    }
}
