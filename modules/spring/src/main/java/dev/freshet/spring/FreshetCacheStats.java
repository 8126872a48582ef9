package dev.freshet.spring;

/**
 * Counts since the manager was built, of what a region's own statistics do not know.
 *
 * @param storesWithoutLease values that were not stored because the call that brought them had no lease: {@code putIfAbsent}, a {@code
 *     @Cacheable} whose key changed with its result, or one whose read failed before
 * @param untrackedLoads loads that were not stored because their transaction began without a mark: its transaction manager takes no
 *     listeners, or is a reactive one whose object for the transaction does not refer to what it binds to the context, or the cache is
 *     younger than the transaction
 * @param evictionsFailed evictions that were refused after a commit, see {@link EvictionFailure}
 */
public record FreshetCacheStats(long storesWithoutLease, long untrackedLoads, long evictionsFailed) {}
