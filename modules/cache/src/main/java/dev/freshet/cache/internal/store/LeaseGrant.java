package dev.freshet.cache.internal.store;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a caller that asked for the only lease of a key.
 *
 * @param lease the caller's lease; null: another caller holds one that is still good
 * @param loadingNanos for how long the other lease is good at most
 */
public record LeaseGrant(@Nullable IssuedLease lease, long loadingNanos) {}
