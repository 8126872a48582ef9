package dev.freshet.sources.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Settings;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.Database;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceConfig.Kind;
import dev.freshet.sources.TrackingConfig;
import dev.freshet.sources.outbox.OutboxConfig;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import dev.freshet.sources.rules.Template;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code sources} of the publisher's configuration. */
public final class SourceSettings {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern TABLE = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*\\.)?[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern IDENTIFIER = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

    /** The default schema of PostgreSQL. */
    private static final String DEFAULT_SCHEMA = "public";

    private final Set<Kind> kinds;

    private SourceSettings(Set<Kind> kinds) {
        this.kinds = kinds;
    }

    /**
     * Reads all sources.
     *
     * @param kinds the kinds in this program; any other kind is a fault
     */
    public static List<SourceConfig> read(Settings settings, Set<Kind> kinds) {
        SourceSettings reader = new SourceSettings(kinds);
        return List.copyOf(settings.map("sources", SourceSettings::faultInName, reader::readSource)
                .values());
    }

    private SourceConfig readSource(String name, Settings source) {
        Kind kind = source.choice("kind", Kind.OUTBOX, "where changes come from");
        if (!source.has("kind")) {
            source.fault(
                    "kind",
                    "must be given: outbox, postgresql, mariadb, redis-keyspace, redis-tracking or redis-channel");
        } else if (!kinds.contains(kind)) {
            source.fault("kind", "is not in this program; start freshet-publisher-cdc.jar instead");
        }
        boolean isRedis = kind.isRedis();
        String uri = source.text(
                "uri",
                "",
                "a JDBC address, or one of Redis",
                isRedis ? RedisConfig::faultIn : Database::faultIn,
                "where the database is; for Redis, the publisher's own if left out");
        Database database = new Database(
                isRedis ? "" : uri,
                source.text("user", "", "the user that reads the database"),
                source.text("password", "", "the password of that user"));
        if (!source.has("uri") && !isRedis) {
            source.fault("uri", "must be given");
        } else if (isLog(kind) && !database.product().equals(kind.name().toLowerCase(Locale.ROOT))) {
            source.fault("uri", "must begin with jdbc:" + kind.name().toLowerCase(Locale.ROOT) + ": for this kind");
        }
        Map<String, KeyPattern> patterns = new LinkedHashMap<>();
        Map<String, ChannelConfig.Format> formats = new LinkedHashMap<>();
        RuleSet rules = new RuleSet(readRules(source, kind, database, patterns, formats));
        RedisConfig redis = !isRedis || uri.isEmpty() || RedisConfig.faultIn(uri) != null ? null : RedisConfig.of(uri);
        int maximumPending = source.integer(
                "maximum-pending",
                100_000,
                1,
                10_000_000,
                "maximum number of waiting names of a region; beyond it the whole region is invalidated");
        KeyspaceConfig keyspace = KeyspaceSettings.read(source, redis, patterns, maximumPending);
        if (kind == Kind.REDIS_KEYSPACE
                && rules.rules().isEmpty()
                && keyspace.tiers().isEmpty()) {
            source.fault(
                    "rules",
                    "must name at least one rule (what a key invalidates), unless tiers names regions whose values in Redis"
                            + " are followed");
        }
        ChannelConfig channel = ChannelSettings.read(source, redis, formats, maximumPending);
        SourceConfig config = new SourceConfig(
                name,
                kind,
                database,
                source.text(
                        "table",
                        OutboxConfig.DEFAULT_TABLE,
                        "a table or schema.table",
                        text -> TABLE.matcher(text).matches() ? null : "must be a table or schema.table without quotes",
                        "the outbox"),
                source.duration(
                        "poll-interval",
                        Duration.ofMillis(500),
                        Duration.ofMillis(10),
                        Duration.ofHours(1),
                        "how long an outbox waits before it polls again, if no notification wakes it"),
                source.integer("batch", 500, 1, 10_000, "maximum number of in-flight changes"),
                source.text(
                        "slot",
                        "freshet_" + name.replace('-', '_'),
                        "a name",
                        SourceSettings::faultInIdentifier,
                        "the replication slot in PostgreSQL"),
                source.text(
                        "publication",
                        "freshet_" + name.replace('-', '_'),
                        "a name",
                        SourceSettings::faultInIdentifier,
                        "the publication in PostgreSQL"),
                source.duration(
                        "check-interval",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "between comparisons of what a database's log source relies on with the server"),
                rules,
                kind == Kind.REDIS_KEYSPACE ? keyspace : null,
                kind == Kind.REDIS_TRACKING ? new TrackingConfig(redis, patterns, maximumPending) : null,
                kind == Kind.REDIS_CHANNEL ? channel : null);
        refuseForeign(source, kind);
        return config;
    }

    /** Returns whether sources of a kind read the log of a database. */
    private static boolean isLog(Kind kind) {
        return kind == Kind.POSTGRESQL || kind == Kind.MARIADB;
    }

    private static List<Rule> readRules(
            Settings source,
            Kind kind,
            Database database,
            Map<String, KeyPattern> patterns,
            Map<String, ChannelConfig.Format> formats) {
        String schema = kind == Kind.MARIADB ? database.name() : DEFAULT_SCHEMA;
        List<Rule> rules = new ArrayList<>(source.map(
                        "rules",
                        SourceSettings::faultInName,
                        (name, rule) -> readRule(name, rule, kind, schema, patterns, formats))
                .values());
        if (isLog(kind) && rules.isEmpty()) {
            source.fault("rules", "must name at least one rule: what a changed row invalidates");
        } else if (kind == Kind.REDIS_TRACKING && rules.isEmpty()) {
            source.fault("rules", "must name at least one rule: what a changed key invalidates");
        } else if (kind == Kind.REDIS_CHANNEL && rules.isEmpty()) {
            source.fault("rules", "must name at least one rule: what a message invalidates");
        }
        return rules;
    }

    private static Rule readRule(
            String name,
            Settings rule,
            Kind kind,
            String defaultSchema,
            Map<String, KeyPattern> patterns,
            Map<String, ChannelConfig.Format> formats) {
        boolean isRedis = kind.isRedis();
        boolean isOfKeys = isRedis && kind != Kind.REDIS_CHANNEL;
        String table = rule.text(
                "table", "", "a table or schema.table", SourceSettings::faultInTable, "the table whose rows change");
        String pattern =
                rule.text("pattern", "", "a pattern like product:{id}", KeyPattern::faultIn, "which Redis keys");
        ChannelConfig.Format format = ChannelSettings.readFormat(rule);
        String region = rule.text("region", "", "a region", SourceSettings::faultInRegion, "the region to invalidate");
        for (String required : List.of(isOfKeys ? "pattern" : isRedis ? "channel" : "table", "region")) {
            if (!rule.has(required)) {
                rule.fault(required, "must be given");
            }
        }
        refuse(rule, isRedis, "a database", "table");
        refuse(rule, !isOfKeys, "redis-keyspace and redis-tracking", "pattern");
        refuse(rule, kind != Kind.REDIS_CHANNEL, "redis-channel", ChannelSettings.OF_RULES.toArray(String[]::new));
        if (!isRedis && defaultSchema.isEmpty() && table.indexOf('.') < 0) {
            rule.fault("table", "must be database.table, since the source's uri names no database");
        }
        List<Template> keys = templates(rule, "keys");
        List<Template> tags = templates(rule, "tags");
        List<Template> prefixes = templates(rule, "prefixes");
        boolean all = rule.bool("all", false, "whether any change invalidates the whole region");
        if (!all && !rule.has("keys") && !rule.has("tags") && !rule.has("prefixes")) {
            rule.fault("keys", "must be given, or tags, prefixes or all: what the rule invalidates");
        }
        Map<String, List<Template>> templates = Map.of("keys", keys, "tags", tags, "prefixes", prefixes);
        if (kind == Kind.REDIS_CHANNEL) {
            formats.put(name, format);
            requireNamed(rule, "channel, message and json", ChannelSettings.names(format), templates);
            return new Rule(name, new TableName("", name), region, keys, tags, prefixes, all);
        }
        if (isRedis) {
            if (KeyPattern.faultIn(pattern) == null) {
                KeyPattern parsed = KeyPattern.parse(pattern);
                patterns.put(name, parsed);
                requireNamed(rule, "the pattern " + parsed, parsed.names(), templates);
            }
            return new Rule(name, new TableName("", name), region, keys, tags, prefixes, all);
        }
        TableName resolved =
                faultInTable(table) == null ? TableName.parse(table, defaultSchema) : new TableName("", name);
        return new Rule(name, resolved, region, keys, tags, prefixes, all);
    }

    /** Reports templates that use other names than there are. */
    private static void requireNamed(
            Settings rule, String where, List<String> names, Map<String, List<Template>> templates) {
        templates.forEach((setting, some) -> some.forEach(template -> {
            List<String> unknown = new ArrayList<>(template.columns());
            unknown.removeAll(names);
            if (!unknown.isEmpty()) {
                rule.fault(
                        setting,
                        "must use names of " + where + " (" + String.join(", ", names) + "), but " + template + " uses "
                                + String.join(", ", unknown));
            }
        }));
    }

    private static List<Template> templates(Settings rule, String name) {
        return rule.texts(name, "templates", Template::faultIn, "what to invalidate, like product:{id}").stream()
                .map(Template::parse)
                .toList();
    }

    /** Reports settings that have no effect for this kind. */
    private static void refuseForeign(Settings source, Kind kind) {
        refuse(source, kind != Kind.OUTBOX, "an outbox", "table", "poll-interval");
        refuse(source, !isLog(kind), "a database's log", "check-interval");
        refuse(source, kind != Kind.POSTGRESQL, "PostgreSQL", "slot", "publication");
        refuse(source, kind == Kind.OUTBOX, "a database's log or Redis' keys", "rules");
        refuse(source, kind.isRedis(), "a database", "user", "password");
        refuse(source, !kind.isRedis(), "the kinds of Redis", "maximum-pending");
        refuse(source, kind != Kind.REDIS_CHANNEL, "redis-channel", ChannelSettings.NAMES.toArray(String[]::new));
        refuse(source, kind != Kind.REDIS_KEYSPACE, "redis-keyspace", KeyspaceSettings.NAMES.toArray(String[]::new));
    }

    private static void refuse(Settings source, boolean isForeign, String whose, String... names) {
        for (String name : names) {
            if (isForeign && source.has(name)) {
                source.fault(name, "is only for " + whose + "; remove it");
            }
        }
    }

    private static @Nullable String faultInTable(String text) {
        try {
            TableName.parse(text, "");
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    static @Nullable String faultInRegion(String region) {
        return Syntax.faultInRegion(region).orElse(null);
    }

    static @Nullable String faultInName(String name) {
        return NAME.matcher(name).matches() ? null : "must match " + NAME.pattern();
    }

    private static @Nullable String faultInIdentifier(String name) {
        return IDENTIFIER.matcher(name).matches() ? null : "must match " + IDENTIFIER.pattern();
    }
}
