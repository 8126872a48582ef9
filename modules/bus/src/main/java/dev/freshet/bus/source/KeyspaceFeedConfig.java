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
 * @param redis the server, the sentinels or the cluster that holds the keys; of a single server, the address's database
 * @param name what people call the feed; in the names of threads and connections
 * @param events Redis' own names of events, as {@code expired}, {@code evicted}, {@code del}; at least one
 * @param notifications what to do about the setting that makes Redis send them
 * @param heartbeat the interval at which connections and the setting are checked; a connection without a byte for four of
 *     them is lost
 */
public record KeyspaceFeedConfig(
        RedisConfig redis, String name, Set<String> events, Notifications notifications, Duration heartbeat) {

    /** What to do about {@code notify-keyspace-events}. */
    public enum Notifications {
        /** Check it, and add what it lacks if this user may. */
        SET,
        /** Check it. */
        CHECK,
        /** Trust that it is right, on servers that let no user read it. */
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
