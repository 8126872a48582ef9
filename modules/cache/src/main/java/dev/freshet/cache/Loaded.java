package dev.freshet.cache;

import org.jspecify.annotations.Nullable;

/**
 * What {@link RegionCache#getWithState} returns.
 *
 * @param value the value; null if there is none
 * @param state what the answer is worth; {@link ServingState#STALE} if the load failed and this is what was valid last
 * @param confirmedAgeNanos the age of the region's last confirmation; {@link Long#MAX_VALUE}: never
 * @param staleNanos how long ago it stopped being valid; 0 unless stale
 * @param fault why the load failed; null unless stale
 */
public record Loaded<V>(
        @Nullable V value,
        ServingState state,
        long confirmedAgeNanos,
        long staleNanos,
        @Nullable LoadException fault) {}
