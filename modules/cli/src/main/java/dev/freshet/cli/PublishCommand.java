package dev.freshet.cli;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.cli.connection.Deployment;
import dev.freshet.cli.connection.RedisDeployment;
import dev.freshet.schema.Syntax;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Publishes one change in a region, as an application would. */
@Command(
        name = "publish",
        description = "Invalidate entries of a region on every subscriber.",
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 published (or dry run done), 1 not published, 2 wrong command line,",
            "3 published, but not every live member applied it within --timeout."
        })
final class PublishCommand extends RedisCommand {

    @Parameters(paramLabel = "REGION", description = "The region, for example users.")
    private String region = "";

    @Mixin
    private SelectorOptions selection = new SelectorOptions();

    @Option(
            names = "--version",
            paramLabel = "N",
            description = "With --key only: refuse stores and loads of these keys with a lower version.")
    private @Nullable Long version;

    @Option(
            names = "--changed-at",
            paramLabel = "TIME",
            converter = Times.InstantConverter.class,
            description =
                    "When the source changed, like 2026-01-01T00:00:00.000001Z, on this host's clock (default: now).")
    private @Nullable Instant changedAt;

    @Option(names = "--await", description = "Wait until every live member has applied the change.")
    private boolean await;

    @Option(names = "--dry-run", description = "Count the entries that would be evicted, and evict none.")
    private boolean dryRun;

    @Option(
            names = "--maximum-entries",
            paramLabel = "N",
            defaultValue = "${env:FRESHET_BROAD_MAXIMUM_ENTRIES:-0}",
            description = {
                "Refuse tags, prefixes and --all that would evict more entries, over all live members; 0: no limit",
                "(default: the environment's FRESHET_BROAD_MAXIMUM_ENTRIES, else 0)."
            })
    private long maximumEntries;

    @Option(names = "--force", description = "Publish even if more than --maximum-entries would be evicted.")
    private boolean force;

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Mixin
    private PublisherOptions publisher = new PublisherOptions();

    @Override
    public Integer call() {
        checkCommandLine();
        PrintWriter out = out();
        try (Deployment deployment = publisher.connect(
                () -> RedisDeployment.connect(redis.publisher().withBroadLimit(maximumEntries, answers.timeout())))) {
            return dryRun ? dryRun(deployment, out) : publish(deployment, out);
        }
    }

    private void checkCommandLine() {
        List<String> faults = new ArrayList<>(selection.faults());
        Syntax.faultInRegion(region).ifPresent(fault -> faults.add(0, "REGION " + fault));
        if (version != null && version < 0) {
            faults.add("--version must not be negative");
        }
        if (version != null && !selection.hasOnlyKeys()) {
            faults.add("--version is only for --key; leave out --tag, --prefix and --all");
        }
        if (maximumEntries < 0) {
            faults.add("--maximum-entries must not be negative");
        }
        if (force && dryRun) {
            faults.add("--force and --dry-run exclude each other");
        }
        if (await && dryRun) {
            faults.add("--await and --dry-run exclude each other");
        }
        if (isGiven("--maximum-entries") && publisher.access() != null) {
            faults.add("--maximum-entries is only for Redis: the publisher has its own (broad.maximum-entries)");
        }
        requireNone(faults);
    }

    private int publish(Deployment deployment, PrintWriter out) {
        Change.Builder change = Change.builder();
        selection.selectors().forEach(change::select);
        if (version != null) {
            change.version(version);
        }
        if (changedAt != null) {
            change.changedAt(changedAt);
        }
        if (force) {
            change.force();
        }
        if (await) {
            change.awaited();
        }
        Deployment.Published published = deployment.publish(region, change.build(), answers.timeout());
        AwaitResult awaited = published.awaited();
        if (answers.isJson()) {
            out.println(Json.line(asMap(published)));
        } else {
            out.println("published to " + region + " at " + published.position());
            published.members().ifPresent(members -> say(out, members, awaited));
        }
        return awaited == null || awaited.isComplete() ? ExitCode.OK : ExitCode.LAGGING;
    }

    private Map<String, Object> asMap(Deployment.Published published) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("region", region);
        answer.put("position", published.position().toString());
        published.loggedAtMicros().ifPresent(micros -> answer.put("loggedAt", Times.instant(micros)));
        published.members().ifPresent(members -> answer.put("members", members));
        AwaitResult awaited = published.awaited();
        if (awaited != null) {
            answer.put("applied", awaited.applied());
            answer.put("lagging", awaited.lagging());
        }
        return answer;
    }

    private void say(PrintWriter out, int members, @Nullable AwaitResult awaited) {
        if (members == 0) {
            out.println("no live member follows " + region + "; is the name right?");
        } else if (awaited == null) {
            out.println(
                    members == 1 ? "1 live member follows the region" : members + " live members follow the region");
        } else {
            out.println("applied by " + awaited.applied() + " of " + members
                    + (awaited.isComplete()
                            ? ""
                            : "; not within " + answers.timeout().toMillis() + " ms: "
                                    + String.join(", ", awaited.lagging())));
        }
    }

    private int dryRun(Deployment deployment, PrintWriter out) {
        DryRunResult result = deployment.dryRun(region, selection.selectors(), answers.timeout());
        if (answers.isJson()) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("region", region);
            Json.put(answer, result);
            out.println(Json.line(answer));
        } else {
            out.println("would evict " + result.entries() + " entries on " + result.answered() + " of "
                    + result.members() + " live members; nothing was published");
            if (!result.silent().isEmpty()) {
                out.println("no answer from " + String.join(", ", result.silent()));
            }
        }
        return result.silent().isEmpty() ? ExitCode.OK : ExitCode.LAGGING;
    }
}
