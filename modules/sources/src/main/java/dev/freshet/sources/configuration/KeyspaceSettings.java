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

/** Reads what only a source of Redis' keyspace events is configured with. */
public final class KeyspaceSettings {

    /** The settings that go with no other kind. */
    public static final List<String> NAMES = List.of("events", "notifications", "tiers", "maximum-pending");

    private KeyspaceSettings() {}

    /**
     * Reads it.
     *
     * @param uri Redis' address as given, or empty: the publisher's
     * @param patterns the rules' patterns by the rules' names
     */
    public static KeyspaceConfig read(Settings source, String uri, Map<String, KeyPattern> patterns) {
        List<String> events = source.texts(
                "events",
                "events of Redis",
                KeyspaceFeedConfig::faultInEvent,
                "what must happen to a key that the rules are about; expired and evicted if left out");
        Notifications notifications = source.choice(
                "notifications",
                Notifications.SET,
                "what to do about Redis' setting notify-keyspace-events: set what it lacks, only check, or assume that it is right");
        List<String> tiers = source.texts(
                "tiers",
                "regions",
                region -> Syntax.faultInRegion(region).orElse(null),
                "regions whose entries go where Redis evicts or expires their values of the tier");
        int maximumPending = source.integer(
                "maximum-pending",
                100_000,
                1,
                10_000_000,
                "names of a region that wait to be published at most; beyond it all of the region is invalidated");
        Set<String> heard = events.isEmpty() ? KeyspaceConfig.DEFAULT_EVENTS : new LinkedHashSet<>(events);
        RedisConfig redis = uri.isEmpty() || RedisConfig.faultIn(uri) != null ? null : RedisConfig.of(uri);
        return new KeyspaceConfig(redis, heard, notifications, tiers, patterns, maximumPending);
    }
}
