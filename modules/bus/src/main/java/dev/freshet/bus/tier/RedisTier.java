package dev.freshet.bus.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.tier.PipelinedTier;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The values that regions keep in Redis, behind the caches of their processes. What an invalidation selects is unreadable here
 * in the very step that appends it, before any subscriber hears of it; and a store is refused if such a thing was appended since
 * the {@link TierLease} of its load was handed out, heard of or not.
 *
 * <p>Safe to use from any thread. No method blocks. Every future completes normally, in bounded time, on a thread of the
 * tier's or on a timer's: whoever does more than a little then goes elsewhere. When Redis is away reads find nothing and
 * stores are not kept.
 */
public interface RedisTier extends AutoCloseable {

    /** Starts a tier. It connects when it is first used. */
    static RedisTier connect(RedisTierConfig config) {
        return new PipelinedTier(config, TimeSource.SYSTEM);
    }

    /**
     * Returns one region's values.
     *
     * @param longest the longest life of a value; where processes disagree, each keeps to its own
     * @throws IllegalArgumentException if the region's name is not valid, or if longest is shorter than a millisecond
     */
    Region region(String region, Duration longest);

    /** Gives up what is under way, disconnects and stops all threads. */
    @Override
    void close();

    /** The values of one region. */
    interface Region {

        /** The region's name. */
        String region();

        /** The longest life of a value. */
        Duration longest();

        /** Reads a value, or what a store of the key needs. */
        CompletableFuture<TierRead> read(String key);

        /**
         * Stores a value that was loaded since the lease was handed out.
         *
         * @param life how long from now, rounded down to milliseconds; zero: it is not kept, and what is there goes
         */
        CompletableFuture<TierStored> store(String key, TierLease lease, TierValue value, Duration life);

        /** Evicts from Redis, not from any process, what is selected. Completes with whether that is done. */
        CompletableFuture<Boolean> evict(List<Selector> selectors);

        /** What happened so far. */
        TierStats stats();
    }
}
