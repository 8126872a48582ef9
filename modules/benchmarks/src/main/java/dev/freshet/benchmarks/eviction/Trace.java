package dev.freshet.benchmarks.eviction;

/**
 * Requested keys, in order.
 *
 * @param name the name in the table
 * @param keys one number for each key; callers must not change the array
 */
public record Trace(String name, int[] keys) {

    /** Returns the number of first requests, which fill the caches and do not count. */
    int warmUp() {
        return keys.length / 5;
    }
}
