package dev.freshet.bus.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.tier.PipelinedTier;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The values that regions keep in Redis, behind the caches of their processes. The step that appends an invalidation also makes
 * the selected values unreadable, before any subscriber receives it. A store is refused if such an invalidation was appended
 * after the {@link TierLease} of its load was handed out, even if this process has not received it.
 *
 * <p>Safe to use from any thread. No method blocks. Every future completes normally, in bounded time. Callbacks run on threads of a
 * pool for callbacks, or on the thread that waits: run what takes long on an executor of your own. While Redis is unavailable,
 * reads find nothing and stores are not kept.
 */
public interface RedisTier extends AutoCloseable {

    /**
     * Starts a tier. It connects when it is first used.
     *
     * @throws dev.freshet.bus.BusException if the configuration names a key file that cannot be read, or holds no keys
     */
    static RedisTier connect(RedisTierConfig config) {
        return new PipelinedTier(config, TimeSource.SYSTEM);
    }

    /**
     * Returns one region's values.
     *
     * @param longest the longest life of a value; if processes disagree, each applies its own
     * @throws IllegalArgumentException if the region's name is not valid, or if longest is shorter than a millisecond
     */
    Region region(String region, Duration longest);

    /**
     * Returns what somebody must mend, in this process' configuration or in Redis', before values can be read and stored: credentials, rights, a
     * renamed command, TLS, a file that cannot be read, a library that does not fit. It is a sentence without secrets; null if there
     * is nothing. What is not met again for five minutes is forgotten, except a library: it lasts as long as the process. Never
     * blocks.
     */
    default @Nullable String misconfiguration() {
        return null;
    }

    /** Ends the calls in flight, disconnects and stops all threads. */
    @Override
    void close();

    /** The values of one region. */
    interface Region {

        /** Returns the region's name. */
        String region();

        /** Returns the longest life of a value. */
        Duration longest();

        /**
         * Returns the same region for values of another form: it neither reads nor replaces those of other versions, but evicts them
         * all. Counts are shared.
         *
         * @param version what changes with the form of the bytes; 0 before this call. More than 8 versions in use at a time, beside
         *     0, empty the tier again and again
         * @throws IllegalArgumentException if it is negative, or 2<sup>30</sup> or more
         */
        Region ofCodecVersion(int version);

        /** Reads a value. If there is none, the answer holds the lease that a store of the key needs. */
        CompletableFuture<TierRead> read(String key);

        /**
         * Reads a value for a caller that is to load it if there is none, unless another process does. In that one step the key is
         * claimed, if it is not: {@link TierRead.Absent#loadedUnder} says by whom. A claim ends with the store, with {@link #release}, with
         * its life, or when an invalidation overtakes its load.
         *
         * <p>Whoever claimed must end the claim. If the read is {@link TierRead.Unavailable}, it may have been made all the same.
         */
        CompletableFuture<TierRead> read(String key, TierClaim claim);

        /** Ends a claim if it stands. Completes with whether Redis was asked. */
        CompletableFuture<Boolean> release(String key, TierClaim claim);

        /** Stores a value that was loaded without a claim; see {@link #store(String, TierLease, TierValue, Duration, TierClaim)}. */
        default CompletableFuture<TierStored> store(String key, TierLease lease, TierValue value, Duration life) {
            return store(key, lease, value, life, null);
        }

        /**
         * Stores a value that was loaded since the lease was handed out, and ends the claim, whatever the outcome.
         *
         * @param life how long it lives from now, rounded down to milliseconds; zero: it is not kept, and a value that is there goes
         * @param claim under which it was loaded; null: none
         */
        CompletableFuture<TierStored> store(
                String key, TierLease lease, TierValue value, Duration life, @Nullable TierClaim claim);

        /** Evicts the selected values from Redis, but from no process. Completes with whether that is done. */
        CompletableFuture<Boolean> evict(List<Selector> selectors);

        /** Returns what happened so far. */
        TierStats stats();
    }
}
