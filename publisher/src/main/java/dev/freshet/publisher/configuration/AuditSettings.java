package dev.freshet.publisher.configuration;

import dev.freshet.audit.AuditConfig;
import dev.freshet.audit.HttpTruth;
import dev.freshet.audit.SqlTruth;
import dev.freshet.audit.Truth;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Settings;
import dev.freshet.service.config.Units;
import dev.freshet.sources.Database;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is audited while the publisher runs.
 *
 * @param sample the part of the records to check; 0: none
 * @param after when to ask members
 * @param truths what values are compared with, by region
 */
public record AuditSettings(double sample, List<Duration> after, Map<String, TruthSettings> truths) {

    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);
    private static final List<Duration> DEFAULT_AFTER =
            List.of(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(1));

    /**
     * Where the true value of a key is: at an address, or in a database.
     *
     * @param keys which keys it is for
     */
    public record TruthSettings(
            KeyPattern keys,
            @Nullable Template url,
            @Nullable Database database,
            String query) {

        Truth open() {
            return database != null
                    ? new SqlTruth(keys, database, query)
                    : new HttpTruth(keys, Objects.requireNonNull(url));
        }
    }

    /** Whether there is anything to do. */
    public boolean isOn() {
        return sample > 0 || !truths.isEmpty();
    }

    /**
     * Returns what an auditor needs, with open truths.
     *
     * @param regions the regions that the publisher takes; empty: any
     */
    public AuditConfig config(List<String> regions) {
        Map<String, Truth> open = new LinkedHashMap<>();
        truths.forEach((region, truth) -> open.put(region, truth.open()));
        return new AuditConfig(regions, sample, after, open, ANSWER_TIMEOUT);
    }

    static AuditSettings read(Settings settings, List<SourceConfig> sources) {
        Settings audit = settings.section("audit");
        double sample = audit.part(
                "sample",
                0,
                "which part of the records is audited: members are asked some time later what they hold from before them");
        List<Duration> after = new ArrayList<>();
        List<String> texts = audit.texts(
                "after",
                "durations",
                AuditSettings::faultInDuration,
                "when to ask, counted from the record; none given: 1s, 10s, 1m");
        texts.stream()
                .filter(text -> faultInDuration(text) == null)
                .map(Units::parseDuration)
                .forEach(after::add);
        String fault = after.isEmpty() ? null : AuditConfig.faultIn(after);
        if (fault != null) {
            audit.fault("after", fault);
        }
        Map<String, TruthSettings> truths = audit.map(
                "truth",
                region -> Syntax.faultInRegion(region).orElse(null),
                (region, truth) -> readTruth(truth, sources));
        return new AuditSettings(sample, after.isEmpty() || fault != null ? DEFAULT_AFTER : List.copyOf(after), truths);
    }

    private static TruthSettings readTruth(Settings truth, List<SourceConfig> sources) {
        String pattern = truth.text(
                "keys", "", "a pattern like user:{id}", KeyPattern::faultIn, "which keys of the region it knows about");
        if (!truth.has("keys")) {
            truth.fault("keys", "must be given, like user:{id}");
        }
        KeyPattern keys = KeyPattern.parse(KeyPattern.faultIn(pattern) == null ? pattern : "*");
        String url = truth.text(
                "url",
                "",
                "an address with names in braces",
                text -> HttpTruth.faultIn(keys, text),
                "where the application tells the value, like http://app:8080/users/{id}");
        String sourceName = truth.text("source", "", "the source in whose database the value is");
        String query = truth.text(
                "query",
                "",
                "a query with names in braces",
                text -> SqlTruth.faultIn(keys, text),
                "what reads the value there, like SELECT body FROM users WHERE id = {id}");
        if (truth.has("url") == truth.has("query")) {
            truth.fault("url", "must be given, or source and query; not both");
        }
        if (truth.has("source") != truth.has("query")) {
            truth.fault("source", "and query must be given together");
        }
        Database database = sources.stream()
                .filter(source ->
                        source.name().equals(sourceName) && !source.kind().isRedis())
                .map(SourceConfig::database)
                .findFirst()
                .orElse(null);
        if (truth.has("source") && database == null) {
            truth.fault("source", "must name one of sources that reads a database");
        }
        Template address = truth.has("url") && HttpTruth.faultIn(keys, url) == null ? Template.parse(url) : null;
        return new TruthSettings(keys, address, truth.has("query") ? database : null, query);
    }

    private static @Nullable String faultInDuration(String text) {
        try {
            Units.parseDuration(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }
}
