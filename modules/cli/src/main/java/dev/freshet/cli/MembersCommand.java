package dev.freshet.cli;

import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RegionView;
import dev.freshet.schema.Position;
import dev.freshet.schema.Syntax;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the live subscribers of a region and the position of each. */
@Command(
        name = "members",
        description = "List the live subscribers of a region, or of every region.",
        sortOptions = false,
        footer = {"", "Exit codes: 0 listed, 1 Redis is unavailable, 2 wrong command line."})
final class MembersCommand extends RedisCommand {

    @Parameters(arity = "0..1", paramLabel = "REGION", description = "The region (default: all regions).")
    private @Nullable String region;

    @Option(names = "--json", description = "Print one JSON object a region.")
    private boolean json;

    @Override
    public Integer call() {
        String wanted = region;
        if (wanted != null) {
            Syntax.faultInRegion(wanted).ifPresent(fault -> {
                throw wrong("REGION " + fault);
            });
        }
        PrintWriter out = out();
        PublisherConfig config = redis.publisher();
        try (Publisher publisher = Publisher.connect(config)) {
            List<String> regions = wanted == null ? publisher.regions().join() : List.of(wanted);
            for (String name : regions) {
                RegionView view = publisher.region(name).join();
                if (json) {
                    out.println(Json.line(asMap(view)));
                } else {
                    print(out, view, publisher.time().nowMicros());
                }
            }
            if (regions.isEmpty() && !json) {
                out.println("there is no region yet: nobody has published or subscribed");
            }
        }
        return ExitCode.OK;
    }

    private static void print(PrintWriter out, RegionView view, long nowMicros) {
        Position head = view.head();
        out.println(view.region() + ": head " + (head == null ? "none" : head) + ", " + view.logRecords()
                + " records in the log, " + view.members().size() + " live members");
        if (view.members().isEmpty()) {
            return;
        }
        out.println(row("NAME", "POSITION", "BEHIND", "CONFIRMED", "SEEN"));
        for (Member member : view.members()) {
            Position position = member.position();
            long lag = head == null ? -1 : member.lagRecords(head);
            out.println(row(
                    member.name(),
                    position == null ? "joining" : position.toString(),
                    lag < 0 ? "other log" : Long.toString(lag),
                    ago(member.confirmedAtMicros(), nowMicros),
                    ago(member.seenAtMicros(), nowMicros)));
        }
    }

    private static String row(String name, String position, String behind, String confirmed, String seen) {
        return String.format(Locale.ROOT, "  %-32s  %-26s  %9s  %14s  %14s", name, position, behind, confirmed, seen);
    }

    private static String ago(long micros, long nowMicros) {
        return micros == 0 ? "never" : Times.micros(Math.max(0, nowMicros - micros)) + " ago";
    }

    private static Map<String, Object> asMap(RegionView view) {
        Position head = view.head();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("region", view.region());
        answer.put("head", head == null ? null : head.toString());
        answer.put("logRecords", view.logRecords());
        answer.put(
                "members",
                view.members().stream().map(member -> asMap(member, head)).toList());
        return answer;
    }

    private static Map<String, Object> asMap(Member member, @Nullable Position head) {
        Position position = member.position();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", member.id());
        answer.put("name", member.name());
        answer.put("position", position == null ? null : position.toString());
        answer.put("lagRecords", head == null ? -1 : member.lagRecords(head));
        answer.put("confirmedAt", member.confirmedAtMicros() == 0 ? null : Times.instant(member.confirmedAtMicros()));
        answer.put("seenAt", Times.instant(member.seenAtMicros()));
        return answer;
    }
}
