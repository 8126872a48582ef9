package dev.freshet.bus.source;

import dev.freshet.bus.RedisConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link KeyspaceFeed} listens to.
 *
 * @param redis the server, the sentinels or the cluster whose keys they are; of a single server, the address's database
 * @param name what people call it; in the names of threads and connections
 * @param events Redis' own names of events, as {@code expired}, {@code evicted}, {@code del}; at least one
 * @param notifications what to do about the setting that makes Redis tell of them
 * @param heartbeat how often it is proven that the connections are alive and the setting still holds; four of them
 *     without a byte is a connection that is lost
 */
public record KeyspaceFeedConfig(
        RedisConfig redis, String name, Set<String> events, Notifications notifications, Duration heartbeat) {

    /** What to do about {@code notify-keyspace-events}. */
    public enum Notifications {
        /** Check it, and set what it lacks where this user may. */
        SET,
        /** Check it. */
        CHECK,
        /** Believe that it is right, where the server lets nobody read it. */
        ASSUME
    }

    private static final Pattern EVENT = Pattern.compile("[a-z][a-z0-9_.-]{0,63}");
    private static final int SILENT_HEARTBEATS = 4;

    public KeyspaceFeedConfig {
        events = Collections.unmodifiableSet(new LinkedHashSet<>(events));
        if (events.isEmpty()) {
            throw new IllegalArgumentException("events must not be empty");
        }
        for (String event : events) {
            String fault = faultInEvent(event);
            if (fault != null) {
                throw new IllegalArgumentException("events: " + fault);
            }
        }
    }

    /** Describes what is wrong with an event's name as a clause, or returns null if nothing is. */
    public static @Nullable String faultInEvent(String event) {
        return EVENT.matcher(event).matches()
                ? null
                : "must be an event of Redis, such as expired, evicted, del or set, not \"" + event + "\"";
    }

    Duration silence() {
        return heartbeat.multipliedBy(SILENT_HEARTBEATS);
    }
}
