package dev.freshet.sources;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig.Notifications;
import dev.freshet.sources.rules.KeyPattern;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which keyspace events a source follows.
 *
 * @param redis the Redis that has the keys; null: the publisher's own Redis
 * @param events the events that rules apply to, by Redis' names
 * @param notifications what to do about the server's setting {@code notify-keyspace-events}
 * @param tiers the regions whose tier values are followed: when Redis evicts or expires one, local copies are evicted too
 * @param patterns the key pattern of each rule, by the rule's name
 * @param maximumPending the maximum number of waiting names a region; beyond it the whole region is invalidated
 */
public record KeyspaceConfig(
        @Nullable RedisConfig redis,
        Set<String> events,
        Notifications notifications,
        List<String> tiers,
        Map<String, KeyPattern> patterns,
        int maximumPending) {

    /** The events of keys that Redis removes by itself. */
    public static final Set<String> DEFAULT_EVENTS =
            Collections.unmodifiableSet(new LinkedHashSet<>(List.of("expired", "evicted")));

    public KeyspaceConfig {
        events = Collections.unmodifiableSet(new LinkedHashSet<>(events));
        tiers = List.copyOf(tiers);
        patterns = Collections.unmodifiableMap(new LinkedHashMap<>(patterns));
    }

    /** Returns the events to listen to: those of the rules, and with tiers also {@link #DEFAULT_EVENTS}. */
    public Set<String> heardEvents() {
        Set<String> heard = new LinkedHashSet<>(patterns.isEmpty() ? Set.of() : events);
        if (!tiers.isEmpty()) {
            heard.addAll(DEFAULT_EVENTS);
        }
        return heard;
    }
}
