package dev.freshet.cache;

/**
 * That a read found nothing.
 *
 * @param lease under which the value, once loaded, may be stored
 * @param state what the region's answers are worth
 * @param confirmedAgeNanos how long ago the moment is as of which the region was confirmed; {@link Long#MAX_VALUE}: never
 */
public record Miss<V>(Lease lease, ServingState state, long confirmedAgeNanos) implements Lookup<V> {}
