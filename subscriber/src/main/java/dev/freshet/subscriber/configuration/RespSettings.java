package dev.freshet.subscriber.configuration;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.direct.MasterFinder;
import dev.freshet.resp.commands.StructureCommands;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Settings;
import dev.freshet.service.port.TcpPortSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the RESP port.
 *
 * @param port where it listens
 * @param allowsAdministration whether clients may stop the server, or change whose replica it is
 * @param maximumValueBytes a larger value has no copy
 * @param touchInterval how often Redis is told which keys are read from copies; empty: never
 * @param rules which keys belong to which region, in the order of the file
 */
public record RespSettings(
        TcpPortSettings port,
        boolean allowsAdministration,
        int maximumValueBytes,
        Optional<Duration> touchInterval,
        Map<String, RespRule> rules) {

    private static final String SECTION = "resp";
    private static final int DEFAULT_PORT = 6380;
    private static final String STRUCTURE_READS =
            StructureCommands.names().stream().sorted().collect(Collectors.joining(", "));

    private static final Duration LEAST_TOUCH_INTERVAL = Duration.ofMillis(100);
    private static final Duration MOST_TOUCH_INTERVAL = Duration.ofHours(1);
    private static final int MEBIBYTE = 1 << 20;

    /**
     * Which keys belong to a region.
     *
     * @param pattern literal text, and {@code *} for any characters
     * @param commands the reads of hashes and sets whose answers the region keeps, in upper case
     */
    public record RespRule(String pattern, String region, List<String> commands) {}

    /** Reads the section; null if there is none. */
    static @Nullable RespSettings read(Settings settings, RedisConfig redis) {
        Settings resp = settings.section(SECTION);
        RespSettings read = new RespSettings(
                TcpPortSettings.read(resp, DEFAULT_PORT, "clients of Redis are served"),
                resp.bool(
                        "allow-administration",
                        false,
                        "whether clients may send SHUTDOWN, REPLICAOF and FAILOVER through the port"),
                Math.toIntExact(resp.bytes(
                        "maximum-value", MEBIBYTE, 1, 64L * MEBIBYTE, "the largest value that has a copy here")),
                resp.optionalDuration(
                        "touch-interval",
                        LEAST_TOUCH_INTERVAL,
                        MOST_TOUCH_INTERVAL,
                        "how often Redis is told, by TOUCH, which keys are read here; none: never"),
                resp.map("rules", name -> Syntax.faultInRegion(name).orElse(null), (name, rule) -> rule(rule)));
        if (!settings.isSection(SECTION)) {
            return null;
        }
        if (read.rules.isEmpty()) {
            resp.fault("rules", "must name at least one rule, as in \"users: { pattern: user:*, region: users }\"");
        }
        if (MasterFinder.isCluster(redis)) {
            settings.fault(
                    SECTION,
                    "must not be set, since redis.uri is a Redis Cluster's, which the RESP port does not support;"
                            + " connect to a single server or to Sentinel");
        }
        return read;
    }

    private static RespRule rule(Settings rule) {
        RespRule read = new RespRule(
                rule.text(
                        "pattern",
                        "",
                        "literal text, and * for any characters",
                        RespSettings::faultInPattern,
                        "which keys have copies"),
                rule.text(
                        "region",
                        "",
                        "a region",
                        region -> Syntax.faultInRegion(region).orElse(null),
                        "whose entries the copies are"),
                rule
                        .texts(
                                "commands",
                                "reads of hashes and sets",
                                command -> isStructureRead(command) ? null : "must be one of " + STRUCTURE_READS,
                                "whose answers the region keeps, for all of its keys")
                        .stream()
                        .map(command -> command.toUpperCase(Locale.ROOT))
                        .toList());
        for (String needed : new String[] {"pattern", "region"}) {
            if (!rule.has(needed)) {
                rule.fault(needed, "must be set, as in \"{ pattern: user:*, region: users }\"");
            }
        }
        return read;
    }

    private static boolean isStructureRead(String command) {
        return StructureCommands.names().contains(command.toUpperCase(Locale.ROOT));
    }

    private static @Nullable String faultInPattern(String pattern) {
        if (pattern.startsWith("*") && pattern.length() > 1) {
            return "must begin with literal text, as in user:*, or be * for all keys";
        }
        return pattern.chars().anyMatch(c -> "?[]\\{}".indexOf(c) >= 0)
                ? "must be literal text, and * for any characters, as in user:*; ?, [], {} and \\ are not supported"
                : null;
    }

    /** Returns the reads of hashes and sets whose answers a region keeps: those of all its rules. */
    public Set<String> commandsOf(String region) {
        return rules.values().stream()
                .filter(rule -> rule.region().equals(region))
                .flatMap(rule -> rule.commands().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns the regions that rules name. */
    Set<String> regions() {
        return rules.values().stream().map(RespRule::region).collect(Collectors.toUnmodifiableSet());
    }

    /** Notes rules that name a region which is not configured. */
    void check(Settings settings, Collection<String> regions) {
        Settings section = settings.section(SECTION).section("rules");
        rules.forEach((name, rule) -> {
            if (!regions.contains(rule.region())) {
                section.section(name)
                        .fault(
                                "region",
                                "must name one of the regions, but there is no region \"" + rule.region() + "\"");
            }
        });
    }
}
