package dev.freshet.cli;

import dev.freshet.bus.BusException;
import dev.freshet.bus.DryRunResult;
import dev.freshet.cli.connection.Deployment;
import dev.freshet.cli.connection.RedisDeployment;
import dev.freshet.cli.explain.JsonRow;
import dev.freshet.schema.Selector;
import dev.freshet.service.log.Secrets;
import dev.freshet.sources.Explanation;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.rules.TableName;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints what a changed row would invalidate by the configured rules. */
@Command(
        name = "explain",
        description = "Show what a changed row would invalidate by the rules of a publisher's configuration, without"
                + " publishing.",
        sortOptions = false,
        footer = {
            "",
            "New row: --row. Deleted row: --before. Changed row: both, since the former row counts too.",
            "",
            "Exit codes: 0 explained (counted or not), 2 wrong command line, configuration, table or row."
        })
final class ExplainCommand extends RedisCommand {

    @Option(names = "--table", required = true, paramLabel = "TABLE", description = "The table, like public.products.")
    private String table = "";

    @Option(
            names = "--row",
            paramLabel = "JSON",
            description = "The row after the change, like {\"id\": 7, \"category_id\": 3}; none if it was deleted.")
    private @Nullable String row;

    @Option(
            names = "--before",
            paramLabel = "JSON",
            description = "The row before the change, or its known columns; none if it is new or not reported.")
    private @Nullable String before;

    @Option(
            names = "--source",
            paramLabel = "NAME",
            description = "Only the rules of this source (default: of all sources).")
    private @Nullable String sourceName;

    @Option(names = "--offline", description = "Do not count the entries that would be evicted.")
    private boolean offline;

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Mixin
    private PublisherOptions publisher = new PublisherOptions();

    /** The number of live entries that would be evicted, or why they were not counted. */
    private record Count(
            @Nullable DryRunResult result, @Nullable String whyNot) {}

    @Override
    public Integer call() {
        Explanation explanation = explain();
        Map<String, Count> counts = count(explanation.byRegion());
        PrintWriter out = out();
        if (answers.isJson()) {
            out.println(Json.line(asMap(explanation, counts)));
        } else {
            print(out, explanation, counts);
        }
        return ExitCode.OK;
    }

    private Explanation explain() {
        Path configFile = redis.configFile();
        if (configFile == null) {
            throw wrong("--config is missing: it must name the publisher's configuration");
        }
        if (row == null && before == null) {
            throw wrong("--row and --before are missing: give the row after the change, before it, or both");
        }
        List<SourceConfig> sources = new ArrayList<>(ConfiguredSources.read(configFile, this::wrong));
        List<String> names = sources.stream().map(SourceConfig::name).toList();
        if (sourceName != null) {
            sources.removeIf(source -> !source.name().equals(sourceName));
        }
        if (sources.isEmpty()) {
            throw wrong(
                    sourceName == null || names.isEmpty()
                            ? configFile + " has no sources, and so no rules"
                            : "--source must be one of " + String.join(", ", names));
        }
        try {
            return Explanation.of(sources, TableName.parse(table, ""), parse("--before", before), parse("--row", row));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable Map<String, @Nullable Object> parse(String option, @Nullable String text) {
        try {
            return text == null ? null : JsonRow.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " " + e.getMessage(), e);
        }
    }

    private Map<String, Count> count(Map<String, List<Selector>> regions) {
        Map<String, Count> counts = new LinkedHashMap<>();
        if (offline) {
            regions.keySet().forEach(region -> counts.put(region, new Count(null, "--offline")));
            return counts;
        }
        try (Deployment deployment = publisher.connect(() -> RedisDeployment.connect(redis.publisher()))) {
            regions.forEach((region, selectors) -> counts.put(region, count(deployment, region, selectors)));
        }
        return counts;
    }

    private Count count(Deployment deployment, String region, List<Selector> selectors) {
        try {
            return new Count(deployment.dryRun(region, selectors, answers.timeout()), null);
        } catch (BusException e) {
            return new Count(null, Secrets.mask(String.valueOf(e.getMessage())));
        } catch (CompletionException e) {
            if (e.getCause() instanceof BusException) {
                return new Count(null, Secrets.mask(String.valueOf(e.getCause().getMessage())));
            }
            throw e;
        }
    }

    private void print(PrintWriter out, Explanation explanation, Map<String, Count> counts) {
        for (Explanation.Step step : explanation.steps()) {
            out.println("rule " + step.rule() + " of source " + step.source() + ", region " + step.region());
            if (step.broadenedWhy() != null) {
                out.println("  the whole region, because " + step.broadenedWhy());
            } else if (step.selectors().isEmpty()) {
                out.println("  nothing: the columns that it uses are null or unknown");
            } else {
                step.selectors().forEach(selector -> out.println("  " + text(selector)));
            }
        }
        counts.forEach((region, count) -> {
            DryRunResult result = count.result();
            if (result == null) {
                out.println("not counted in " + region + ": " + count.whyNot());
            } else {
                out.println("would evict " + result.entries() + " entries of " + region + " on " + result.answered()
                        + " of " + result.members() + " live members"
                        + (result.silent().isEmpty() ? "" : "; no answer from " + String.join(", ", result.silent())));
            }
        });
        out.println("nothing was published");
    }

    private static String text(Selector selector) {
        return selector.kind() == Selector.Kind.ALL
                ? "the whole region"
                : selector.kind().label() + " " + String.join(", ", selector.names());
    }

    private static Map<String, Object> asMap(Explanation explanation, Map<String, Count> counts) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(
                "rules", explanation.steps().stream().map(ExplainCommand::asMap).toList());
        Map<String, Object> regions = new LinkedHashMap<>();
        counts.forEach((region, count) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            DryRunResult result = count.result();
            if (result == null) {
                one.put("notCounted", count.whyNot());
            } else {
                Json.put(one, result);
            }
            regions.put(region, one);
        });
        answer.put("regions", regions);
        return answer;
    }

    private static Map<String, Object> asMap(Explanation.Step step) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("source", step.source());
        map.put("rule", step.rule());
        map.put("region", step.region());
        for (Selector selector : step.selectors()) {
            Json.put(map, selector);
        }
        if (step.broadenedWhy() != null) {
            map.put("broadenedWhy", step.broadenedWhy());
        }
        return map;
    }
}
