package dev.freshet.cache.internal.store;

import dev.freshet.cache.Mark;

/**
 * A mark as the cache that handed it out knows it.
 *
 * @param life the random identity of that cache
 * @param counter the region's counter then: broad invalidations and resets since have a higher one
 * @param invalidatedKeys how many keys had been invalidated then: those since have a higher number
 */
public record IssuedMark(String region, long life, long counter, long invalidatedKeys) implements Mark {}
