package dev.freshet.benchmarks.eviction;

/**
 * What is asked for, in order.
 *
 * @param name what people call it
 * @param keys a number a key; do not change it
 */
public record Trace(String name, int[] keys) {

    /** The part at the beginning that fills the caches and is not counted. */
    int warmUp() {
        return keys.length / 5;
    }
}
