package dev.freshet.cache;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a read found, or a lease to store what is loaded instead. */
public sealed interface Lookup<V> {

    /** What the region's answers are worth. */
    ServingState state();

    /** The age of the region's last confirmation; {@link Long#MAX_VALUE}: never. */
    long confirmedAgeNanos();

    /**
     * A value, or the cached absence of one.
     *
     * @param value the value; null if what is cached is that there is none
     * @param ageNanos how long ago it was stored
     * @param tags how many tags it has
     * @param version the version it was stored with
     * @param state what the answer is worth
     * @param confirmedAgeNanos the age of the region's last confirmation; {@link Long#MAX_VALUE}: never
     * @param staleNanos for how long it has not been valid, at least; 0 unless the state is {@link ServingState#STALE}
     * @param refresh not null: this reader is asked to load the value and to store it under this lease, because the entry has
     *     reached {@linkplain RegionCacheBuilder#refreshAfterWrite its refresh age}
     */
    record Hit<V>(
            @Nullable V value,
            long ageNanos,
            int tags,
            OptionalLong version,
            ServingState state,
            long confirmedAgeNanos,
            long staleNanos,
            @Nullable Lease refresh)
            implements Lookup<V> {

        /** Whether it is the absence of a value that is cached. */
        public boolean isAbsence() {
            return value == null;
        }
    }

    /**
     * Nothing was found.
     *
     * @param lease under which the value, once loaded, may be stored
     * @param state what the region's answers are worth
     * @param confirmedAgeNanos the age of the region's last confirmation; {@link Long#MAX_VALUE}: never
     */
    record Miss<V>(Lease lease, ServingState state, long confirmedAgeNanos) implements Lookup<V> {}
}
