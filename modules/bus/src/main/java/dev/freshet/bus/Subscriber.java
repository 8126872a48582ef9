package dev.freshet.bus;

import dev.freshet.bus.internal.follow.RedisSubscriber;
import java.util.Map;

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
 * <p>One connection serves all regions of one Redis node. It reconnects by itself, with backoff and jitter, replays what
 * was missed, and resets a region only where continuity cannot be proven.
 */
public interface Subscriber extends AutoCloseable {

    /** Starts to follow the regions. Returns at once; {@link #isCaughtUp} tells when all have joined. */
    static Subscriber connect(SubscriberConfig config, Map<String, ? extends RegionReader> readers) {
        return connect(config, readers, SubscriberListener.NONE);
    }

    /** Starts to follow the regions, and reports what happens. */
    static Subscriber connect(
            SubscriberConfig config, Map<String, ? extends RegionReader> readers, SubscriberListener listener) {
        return connect(config, readers, listener, TimeSource.SYSTEM);
    }

    /** The same, on these clocks. */
    static Subscriber connect(
            SubscriberConfig config,
            Map<String, ? extends RegionReader> readers,
            SubscriberListener listener,
            TimeSource time) {
        return RedisSubscriber.start(config, readers, listener, time);
    }

    /**
     * Returns the subscription of a region.
     *
     * @throws IllegalArgumentException if this subscriber does not follow it
     */
    RegionSubscription region(String region);

    /** The subscriptions of all regions, by region. */
    Map<String, RegionSubscription> regions();

    /** This member's id, as the members rows and channels have it. */
    String memberId();

    /** Whether every region has joined and been confirmed at least once. Never falls back. */
    boolean isCaughtUp();

    /** Returns this process's idea of the Redis clock of a region's node. */
    RedisTime time(String region);

    /** Leaves: takes the members rows away, disconnects and stops all threads. Readers keep their entries. */
    @Override
    void close();
}
