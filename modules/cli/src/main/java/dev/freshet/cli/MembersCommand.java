package dev.freshet.cli;

import dev.freshet.cli.connection.Deployment;
import dev.freshet.cli.connection.Deployment.RegionState;
import dev.freshet.cli.connection.Deployment.SubscriberState;
import dev.freshet.cli.connection.RedisDeployment;
import dev.freshet.schema.Position;
import dev.freshet.schema.Syntax;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the live subscribers of a region and the position of each. */
@Command(
        name = "members",
        description = "List the live subscribers of a region, or of every region.",
        sortOptions = false,
        footer = {"", "Exit codes: 0 listed, 1 Redis or the publisher is unavailable or refuses, 2 wrong command line."
        })
final class MembersCommand extends RedisCommand {

    @Parameters(arity = "0..1", paramLabel = "REGION", description = "The region (default: all regions).")
    private @Nullable String region;

    @Option(names = "--json", description = "Print one JSON object a region.")
    private boolean json;

    @Mixin
    private PublisherOptions publisher = new PublisherOptions();

    @Override
    public Integer call() {
        String wanted = region;
        if (wanted != null) {
            Syntax.faultInRegion(wanted).ifPresent(fault -> {
                throw wrong("REGION " + fault);
            });
        }
        PrintWriter out = out();
        try (Deployment deployment = publisher.connect(() -> RedisDeployment.connect(redis.publisher()))) {
            List<RegionState> regions = deployment.regions(wanted);
            for (RegionState state : regions) {
                if (json) {
                    out.println(Json.line(asMap(state)));
                } else {
                    print(out, state);
                }
            }
            if (regions.isEmpty() && !json) {
                out.println("there is no region yet: nobody has published or subscribed");
            }
        }
        return ExitCode.OK;
    }

    private static void print(PrintWriter out, RegionState state) {
        Position head = state.head();
        out.println(state.region() + ": head " + (head == null ? "none" : head) + ", " + state.logRecords()
                + " records in the log, " + state.members() + " live members");
        List<SubscriberState> subscribers = state.subscribers();
        if (subscribers == null) {
            out.println("  their names need the right members");
            return;
        }
        if (subscribers.isEmpty()) {
            return;
        }
        out.println(row("NAME", "POSITION", "BEHIND", "CONFIRMED", "SEEN"));
        for (SubscriberState subscriber : subscribers) {
            Position position = subscriber.position();
            out.println(row(
                    subscriber.name(),
                    position == null ? "joining" : position.toString(),
                    subscriber.lagRecords() < 0 ? "other log" : Long.toString(subscriber.lagRecords()),
                    ago(subscriber.confirmedAgeMicros(), "never"),
                    ago(subscriber.seenAgeMicros(), "-")));
        }
    }

    private static String row(String name, String position, String behind, String confirmed, String seen) {
        return String.format(Locale.ROOT, "  %-32s  %-26s  %9s  %14s  %14s", name, position, behind, confirmed, seen);
    }

    private static String ago(OptionalLong micros, String otherwise) {
        return micros.isEmpty() ? otherwise : Times.micros(micros.getAsLong()) + " ago";
    }

    private static Map<String, Object> asMap(RegionState state) {
        Position head = state.head();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("region", state.region());
        answer.put("head", head == null ? null : head.toString());
        answer.put("logRecords", state.logRecords());
        List<SubscriberState> subscribers = state.subscribers();
        answer.put(
                "members",
                subscribers == null
                        ? null
                        : subscribers.stream().map(MembersCommand::asMap).toList());
        return answer;
    }

    private static Map<String, Object> asMap(SubscriberState subscriber) {
        Position position = subscriber.position();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", subscriber.id());
        answer.put("name", subscriber.name());
        answer.put("position", position == null ? null : position.toString());
        answer.put("lagRecords", subscriber.lagRecords());
        answer.put("confirmedAt", instant(subscriber.confirmedAtMicros()));
        answer.put("seenAt", instant(subscriber.seenAtMicros()));
        return answer;
    }

    private static @Nullable String instant(OptionalLong micros) {
        return micros.isEmpty() ? null : Times.instant(micros.getAsLong());
    }
}
