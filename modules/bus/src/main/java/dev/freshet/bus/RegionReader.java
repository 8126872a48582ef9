package dev.freshet.bus;

import dev.freshet.schema.Selector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a region's entries in this process. {@code freshet-cache} has the implementation that most users want.
 *
 * <p>One thread at a time calls {@link #apply} and {@link #reset}, in log order. When one of them returns, no reader may find
 * the entries that it named: only then the subscriber's position moves. They must not block. What
 * they throw is contained and counted. If {@code apply} throws, the region is reset. If {@code reset} or {@code joined} throws,
 * the region has no position and is not confirmed until a later call succeeds, one at each heartbeat.
 */
public interface RegionReader {

    /**
     * Returns the region whose entries this reader holds; null if it serves any region. {@link Subscriber} refuses a
     * reader under another region's name.
     */
    default @Nullable String region() {
        return null;
    }

    /**
     * Called before all other methods, once a subscription, with what the region's subscription knows about itself.
     *
     * @throws IllegalStateException if this reader follows another subscription already; {@link Subscriber} passes it on
     */
    default void attached(Confirmation confirmation, RedisTime time) {}

    /**
     * Called once, last, when the region is not followed any more or the subscriber is closed: the reader may be given to another
     * subscription, which begins with {@link #attached} and a confirmation of its own.
     */
    default void detached() {}

    /** Called once before all other methods, with the subscription that calls them. */
    default void followedBy(RegionSubscription subscription) {}

    /** Evicts what the record's invalidations name. */
    void apply(LoggedRecord record);

    /** Drops every entry, and refuses every store whose load began before now. */
    void reset(ResetReason reason);

    /**
     * The subscription adopted a position for the first time: values that were loaded before must not be kept. This does not
     * count as a reset.
     */
    void joined();

    /**
     * Counts the entries that these selectors would evict now. Called on other threads than {@link #apply}, several at a time. If
     * it throws, the question is not answered.
     */
    default long count(List<Selector> selectors) {
        return 0;
    }

    /**
     * Tells which entries it would serve now, without a trace: no entry counts as read. Called on other threads than {@link #apply},
     * several at a time. If it throws, the question is not answered.
     *
     * @return null: it cannot tell, and nobody may conclude that it holds nothing
     */
    default @Nullable Audited audit(AuditQuery query) {
        return null;
    }

    /**
     * Describes for operators what this reader holds and how it serves it: a value for each name. Names are of {@code [a-z-]}. Called as
     * {@link #count} is. {@link dev.freshet.bus.admin.FleetReader} asks for it.
     */
    default Map<String, String> describe() {
        return Map.of();
    }

    /**
     * Finds entries that these selectors name, for operators: also those that are in memory and that nobody can read any more, if a key names
     * them. Changes nothing, and counts as no read. Called as {@link #count} is.
     *
     * @param limit at most so many
     */
    default List<HeldEntry> held(List<Selector> selectors, int limit) {
        return List.of();
    }
}
