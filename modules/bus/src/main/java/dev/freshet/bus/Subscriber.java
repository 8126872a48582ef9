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
 * <p>One connection serves all regions of one Redis node. The subscriber reconnects by itself, with backoff and jitter, replays
 * what it missed, and resets a region only if continuity cannot be proven.
 */
public interface Subscriber extends AutoCloseable {

    /**
     * Starts to follow the regions. Returns at once; {@link #isCaughtUp} tells when all have joined.
     *
     * @param readers the reader of each region, by the region's name
     * @throws IllegalArgumentException if there is no reader, or if one {@linkplain RegionReader#region is of another region}
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
     * Returns the subscription of a region.
     *
     * @throws IllegalArgumentException if this subscriber does not follow it
     */
    RegionSubscription region(String region);

    /** Returns the subscriptions of all regions, by region. */
    Map<String, RegionSubscription> regions();

    /** Returns this member's id, as it stands in members rows and channels. */
    String memberId();

    /** Whether every region has joined and been confirmed at least once. Once true, it stays true. */
    boolean isCaughtUp();

    /**
     * Returns what somebody must mend, in this process' configuration or in Redis', before all regions can be followed: credentials, rights, a renamed
     * command, TLS, a file that cannot be read. It is a sentence without secrets; null if there is nothing. What is not met again
     * for five minutes is forgotten. Never blocks.
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

    /** Returns this process's estimate of the Redis clock of a region's node. */
    RedisTime time(String region);

    /** Removes the members rows, disconnects, stops all threads and frees the readers, which keep their entries. */
    @Override
    void close();
}
