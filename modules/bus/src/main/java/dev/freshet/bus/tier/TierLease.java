package dev.freshet.bus.tier;

import dev.freshet.schema.Position;

/**
 * Where a region stood in Redis at one moment. A value that was loaded after it may be stored there unless something that
 * concerns it was invalidated since. Good for 60 s, and for as many stores as one likes.
 *
 * @param head the region's last record then
 * @param tick the tier's own count of invalidations
 * @param redisMillis when that was, on the clock of Redis
 */
public record TierLease(Position head, long tick, long redisMillis) {}
