package dev.freshet.sources.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.bus.source.KeyspaceFeedConfig.Notifications;
import dev.freshet.schema.Syntax;
import dev.freshet.service.Settings;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.rules.KeyPattern;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the settings that only sources of kind {@code redis-keyspace} have. */
public final class KeyspaceSettings {

    /** The names of these settings. */
    public static final List<String> NAMES = List.of("events", "notifications", "tiers", "maximum-pending");

    private KeyspaceSettings() {}

    /**
     * Reads these settings of one source.
     *
     * @param uri the configured address of Redis; empty: the publisher's
     * @param patterns the key pattern of each rule, by the rule's name
     */
    public static KeyspaceConfig read(Settings source, String uri, Map<String, KeyPattern> patterns) {
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
        int maximumPending = source.integer(
                "maximum-pending",
                100_000,
                1,
                10_000_000,
                "maximum number of waiting names of a region; beyond it the whole region is invalidated");
        Set<String> heard = events.isEmpty() ? KeyspaceConfig.DEFAULT_EVENTS : new LinkedHashSet<>(events);
        RedisConfig redis = uri.isEmpty() || RedisConfig.faultIn(uri) != null ? null : RedisConfig.of(uri);
        return new KeyspaceConfig(redis, heard, notifications, tiers, patterns, maximumPending);
    }
}
