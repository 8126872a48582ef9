package dev.freshet.cache;

/** What a read found, or a lease to store what is loaded instead. */
public sealed interface Lookup<V> permits Hit, Miss {

    /** What the region's answers are worth. */
    ServingState state();

    /** How long ago the moment is as of which the region was confirmed; {@link Long#MAX_VALUE}: never. */
    long confirmedAgeNanos();
}
