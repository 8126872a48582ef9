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
 * What Redis' events are listened to for.
 *
 * @param redis whose keys; null: the publisher's own Redis
 * @param events Redis' names of the events that the rules are about
 * @param notifications what to do about the server's setting
 * @param tiers regions whose values in Redis are followed: where one is evicted or expires, so is what processes hold of it
 * @param patterns the keys that each rule is about, by the rule's name
 * @param maximumPending how many names wait to be published at most; beyond it their whole region is invalidated
 */
public record KeyspaceConfig(
        @Nullable RedisConfig redis,
        Set<String> events,
        Notifications notifications,
        List<String> tiers,
        Map<String, KeyPattern> patterns,
        int maximumPending) {

    /** The events of a key's end that nobody asked for. */
    public static final Set<String> DEFAULT_EVENTS =
            Collections.unmodifiableSet(new LinkedHashSet<>(List.of("expired", "evicted")));

    public KeyspaceConfig {
        events = Collections.unmodifiableSet(new LinkedHashSet<>(events));
        tiers = List.copyOf(tiers);
        patterns = Collections.unmodifiableMap(new LinkedHashMap<>(patterns));
    }

    /** What must be listened to: what the rules are about, and for tiers, how their values end by themselves. */
    public Set<String> heardEvents() {
        Set<String> heard = new LinkedHashSet<>(patterns.isEmpty() ? Set.of() : events);
        if (!tiers.isEmpty()) {
            heard.addAll(DEFAULT_EVENTS);
        }
        return heard;
    }
}
