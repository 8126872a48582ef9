package dev.freshet.bus;

import dev.freshet.bus.internal.follow.RedisSubscriber;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows regions and tells their readers what to evict. Safe to use from any thread.
 *
 * <pre>{@code
 * RegionCache<User> users = RegionCache.<User>builder("users").maximumEntries(100_000).build();
 * try (Subscriber subscriber = Subscriber.connect(SubscriberConfig.of("redis://127.0.0.1:6379"), Map.of("users", users))) {
 *     User user = users.get("user:1", (key, load) -> database.find(key));
 * }
 * }</pre>
 *
 * <p>One pair of connections and threads serves all regions of one Redis node, of which any number may come and go while it runs.
 * The subscriber reconnects by itself, with backoff and jitter, replays
 * what it missed, and resets a region only if continuity cannot be proven.
 */
public interface Subscriber extends AutoCloseable {

    /**
     * Starts to follow the regions. Returns at once; {@link #isCaughtUp} tells when all have joined. {@link #follow} adds further
     * ones: as long as none is followed, there is no connection.
     *
     * @param readers the reader of each region, by the region's name; may be empty
     * @throws IllegalArgumentException if a name is invalid, or a reader {@linkplain RegionReader#region is of another region}
     * @throws IllegalStateException if a reader follows another subscriber; closing that subscriber frees it
     */
    static Subscriber connect(SubscriberConfig config, Map<String, ? extends RegionReader> readers) {
        return connect(config, readers, SubscriberListener.NONE);
    }

    /** Starts to follow the regions, and reports what happens. */
    static Subscriber connect(
            SubscriberConfig config, Map<String, ? extends RegionReader> readers, SubscriberListener listener) {
        return connect(config, readers, listener, TimeSource.SYSTEM);
    }

    /** Starts to follow the regions, and reports what happens, with these clocks; for tests. */
    static Subscriber connect(
            SubscriberConfig config,
            Map<String, ? extends RegionReader> readers,
            SubscriberListener listener,
            TimeSource time) {
        return RedisSubscriber.start(config, readers, listener, time);
    }

    /**
     * Starts to follow a further region, over the connections that there are. Returns at once, whether Redis is available or not;
     * {@link RegionSubscription#caughtUp} tells when the region has joined. Until then nothing is confirmed: entries that the
     * reader kept from a former subscription are dropped by the join, which is {@link RegionReader#joined}.
     *
     * <p>Redis must grant this subscriber the same rights to each region: if it refuses one, no region of its node is confirmed.
     *
     * @throws IllegalArgumentException if the name is invalid, or the reader {@linkplain RegionReader#region is of another region}
     * @throws IllegalStateException if this subscriber follows the region already or is closed, or if the reader follows another
     *     subscription
     */
    RegionSubscription follow(String region, RegionReader reader);

    /**
     * Stops following a region. When it returns, no method of the region's reader is called any more, {@link
     * RegionReader#detached} was called last, and the reader, which keeps its entries, may be given to {@link #follow} again. This
     * member's row is gone from Redis; if Redis is unavailable or moves the region to another server, the row goes later, or
     * ages like that of a member which died.
     *
     * <p>Waits for calls of the reader that are under way and for Redis, together at most the command timeout. A reader that does
     * not return from a call in that time is detached all the same.
     *
     * @return false if this subscriber does not follow the region, or is closed
     * @throws IllegalStateException if it is called by a reader or listener on a thread of the bus, which it would wait for
     */
    boolean unfollow(String region);

    /**
     * Returns the subscription of a region.
     *
     * @throws IllegalArgumentException if this subscriber does not follow it
     */
    RegionSubscription region(String region);

    /** Returns the subscriptions of the regions that are followed now, by region. */
    Map<String, RegionSubscription> regions();

    /** Returns this member's id, as it stands in members rows and channels. */
    String memberId();

    /**
     * Whether every region that is followed now has joined and been confirmed at least once. Once true, it stays true until {@link
     * #follow} adds a region. True if no region is followed.
     */
    boolean isCaughtUp();

    /**
     * Returns what somebody must mend, in this process' configuration or in Redis', before all regions can be followed: credentials, rights, a
     * renamed command, TLS, a file that cannot be read, a library that does not fit. It is a sentence without secrets; null if there
     * is nothing. What is not met again for five minutes is forgotten, except a library: it lasts as long as the process. Never
     * blocks.
     */
    default @Nullable String misconfiguration() {
        return null;
    }

    /** Returns how many calls of the listener failed. What it throws is contained. */
    default long listenerFailures() {
        return 0;
    }

    /** Returns how many calls of readers failed, see {@link RegionReader}. */
    default long readerFailures() {
        return 0;
    }

    /**
     * Returns this process's estimate of the Redis clock of a region's node.
     *
     * @throws IllegalArgumentException if this subscriber does not follow the region
     */
    RedisTime time(String region);

    /** Removes the members rows, disconnects, stops all threads and frees the readers, which keep their entries. */
    @Override
    void close();
}
