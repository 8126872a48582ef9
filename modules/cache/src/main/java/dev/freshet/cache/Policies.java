package dev.freshet.cache;

/**
 * What a region may do beyond the plain promises, each off unless it was asked for.
 *
 * @param resetSpreadNanos over how long the misses of a reset are spread; 0: they all come at once
 * @param evictAgainAfterNanos after how long invalidations take effect again; 0: never
 * @param maximumEvictAgain how many names are remembered for that
 * @param failSafeNanos for how long after it stopped being valid a value may stand in for a load that failed; 0: never
 */
record Policies(long resetSpreadNanos, long evictAgainAfterNanos, int maximumEvictAgain, long failSafeNanos) {}
