package dev.freshet.bus.tier;

import dev.freshet.schema.Position;

/**
 * The state of a region in Redis at one moment. A value whose load began after that moment may be stored, unless an invalidation
 * that concerns it was appended since. A lease is good for 60 s and for any number of stores.
 *
 * @param head the region's last record at that moment
 * @param tick the tier's own count of invalidations
 * @param redisMillis the moment, on the clock of Redis
 */
public record TierLease(Position head, long tick, long redisMillis) {}
