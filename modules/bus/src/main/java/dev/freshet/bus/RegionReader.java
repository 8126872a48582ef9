package dev.freshet.bus;

import dev.freshet.schema.Selector;
import java.util.List;

/**
 * What holds a region's entries on this side of the bus; {@code freshet-cache} has the one that most want.
 *
 * <p>{@link #apply} and {@link #reset} are called by one thread at a time, in log order, and the subscriber's position
 * moves only after they return: when one returns, no reader may find what it named any more. They must not block. If
 * {@code apply} throws, the region is reset.
 */
public interface RegionReader {

    /** Called once before anything else, with what this region's subscription knows about itself. */
    default void attached(Confirmation confirmation, RedisTime time) {}

    /** Called once before anything else, with the subscription that will call the rest. */
    default void followedBy(RegionSubscription subscription) {}

    /** Evicts what the record's invalidations name. */
    void apply(LoggedRecord record);

    /** Drops every entry, and refuses every store whose load began before now. */
    void reset(ResetReason reason);

    /**
     * The subscription adopted a position for the first time: whatever was loaded before must not be kept. Not counted as
     * a reset.
     */
    void joined();

    /** Counts the entries that these selectors would evict now. Called on another thread than {@link #apply}. */
    default long count(List<Selector> selectors) {
        return 0;
    }
}
