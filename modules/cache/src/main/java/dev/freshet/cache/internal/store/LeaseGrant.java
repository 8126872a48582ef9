package dev.freshet.cache.internal.store;

import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to load a key.
 *
 * @param lease the caller's, or null if another one's is good
 * @param loadingNanos how long that one is good for at most
 */
public record LeaseGrant(@Nullable IssuedLease lease, long loadingNanos) {}
