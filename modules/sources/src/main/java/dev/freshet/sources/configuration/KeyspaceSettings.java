package dev.freshet.sources.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig.Notifications;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Settings;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.rules.KeyPattern;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the settings that only sources of kind {@code redis-keyspace} have. */
public final class KeyspaceSettings {

    /** The names of these settings. */
    public static final List<String> NAMES = List.of("events", "notifications", "tiers");

    private KeyspaceSettings() {}

    /**
     * Reads these settings of one source.
     *
     * @param redis the configured Redis; null: the publisher's
     * @param patterns the key pattern of each rule, by the rule's name
     * @param maximumPending as of all kinds of Redis
     */
    public static KeyspaceConfig read(
            Settings source, @Nullable RedisConfig redis, Map<String, KeyPattern> patterns, int maximumPending) {
        List<String> events = source.texts(
                "events",
                "events of Redis",
                KeyspaceFeedConfig::faultInEvent,
                "the events that invalidate what a key's rule names; expired and evicted if left out");
        Notifications notifications = source.choice(
                "notifications",
                Notifications.SET,
                "what to do about Redis' setting notify-keyspace-events: set what it lacks, check it, or assume that it is"
                        + " right");
        List<String> tiers = source.texts(
                "tiers",
                "regions",
                region -> Syntax.faultInRegion(region).orElse(null),
                "regions whose local entries are evicted when Redis evicts or expires their tier values");
        Set<String> heard = events.isEmpty() ? KeyspaceConfig.DEFAULT_EVENTS : new LinkedHashSet<>(events);
        return new KeyspaceConfig(redis, heard, notifications, tiers, patterns, maximumPending);
    }
}
