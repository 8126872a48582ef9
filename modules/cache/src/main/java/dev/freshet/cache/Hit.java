package dev.freshet.cache;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a read found.
 *
 * @param value the value; null if what is cached is that there is none
 * @param ageNanos how long ago it was stored
 * @param tags how many tags it has
 * @param version the version it was stored with
 * @param state what the answer is worth
 * @param confirmedAgeNanos how long ago the moment is as of which the region was confirmed; {@link Long#MAX_VALUE}: never
 * @param staleNanos how long ago it stopped being valid, at least; 0 unless the state is {@link ServingState#STALE}
 * @param refresh not null: this reader is asked to load the value anew and to store it under this lease, because it is
 *     {@linkplain RegionCacheBuilder#refreshAfterWrite about to grow old}
 */
public record Hit<V>(
        @Nullable V value,
        long ageNanos,
        int tags,
        OptionalLong version,
        ServingState state,
        long confirmedAgeNanos,
        long staleNanos,
        @Nullable Lease refresh)
        implements Lookup<V> {

    Hit<V> refreshedUnder(Lease lease) {
        return new Hit<>(value, ageNanos, tags, version, state, confirmedAgeNanos, staleNanos, lease);
    }

    /** Whether it is the absence of a value that is cached. */
    public boolean isAbsence() {
        return value == null;
    }
}
