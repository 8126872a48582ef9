package dev.freshet.bus.source;

import dev.freshet.bus.RedisConfig;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * What a {@link TrackingFeed} hears of.
 *
 * @param redis the server, the sentinels or the cluster that holds the keys
 * @param name what people call the feed; in the names of threads and connections
 * @param prefixes what the keys begin with; at least one; an empty prefix stands for all keys. Those that another one covers are
 *     left out
 * @param heartbeat the interval at which connections are checked; a connection without a byte for four of them is lost
 */
public record TrackingFeedConfig(RedisConfig redis, String name, List<String> prefixes, Duration heartbeat) {

    private static final int SILENT_HEARTBEATS = 4;

    public TrackingFeedConfig {
        prefixes = apart(prefixes);
        if (prefixes.isEmpty()) {
            throw new IllegalArgumentException("prefixes must not be empty");
        }
    }

    /** Redis refuses prefixes that overlap. In order, one that covers another stands right before all that it covers. */
    private static List<String> apart(Collection<String> prefixes) {
        TreeSet<String> apart = new TreeSet<>();
        for (String prefix : new TreeSet<>(prefixes)) {
            if (apart.isEmpty() || !prefix.startsWith(apart.last())) {
                apart.add(prefix);
            }
        }
        return List.copyOf(apart);
    }

    Duration silence() {
        return heartbeat.multipliedBy(SILENT_HEARTBEATS);
    }
}
