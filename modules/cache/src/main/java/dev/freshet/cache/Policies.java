package dev.freshet.cache;

/**
 * What a region may do beyond the plain promises, each off unless it was asked for.
 *
 * @param resetSpreadNanos over how long the misses of a reset are spread; 0: they all come at once
 */
record Policies(long resetSpreadNanos) {}
