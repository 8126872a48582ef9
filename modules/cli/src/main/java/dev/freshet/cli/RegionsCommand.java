package dev.freshet.cli;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.admin.RegionInventory;
import dev.freshet.bus.admin.RegionInventory.Fate;
import dev.freshet.schema.Position;
import dev.freshet.schema.Syntax;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists what regions use in Redis, and removes those that nobody uses. */
@Command(
        name = "regions",
        description =
                "List the regions with their live members, head, records, bytes of the log and age of the last record, or"
                        + " remove regions that nobody follows.",
        sortOptions = false,
        footer = {
            "",
            "Exit codes: 0 listed or removed, 1 Redis is unavailable, or a region stays that was to be removed, 2 wrong command"
                    + " line."
        })
final class RegionsCommand extends RedisCommand {

    @Parameters(
            arity = "0..*",
            paramLabel = "REGION",
            description = "The regions (default: all; --remove needs them named).")
    private List<String> regions = new ArrayList<>();

    @Option(
            names = "--remove",
            description =
                    "Remove these regions, with all that Redis holds of them. A region that a subscriber follows stays."
                            + " Subscribers that were away for long begin with empty caches. Where one left its row, this waits as"
                            + " long as it may take to write that again, by default 5 s.")
    private boolean remove;

    @Option(
            names = "--unused",
            paramLabel = "TIME",
            converter = Times.DurationConverter.class,
            description =
                    "With --remove: of these regions, or of all, those to which nobody has appended for this time, like 24h.")
    private @Nullable Duration unusedFor;

    @Option(names = "--dry-run", description = "With --remove: say what would be removed, and remove nothing.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print one JSON object a region.")
    private boolean json;

    @Override
    public Integer call() {
        checkCommandLine();
        PublisherConfig config = redis.publisher();
        try (Publisher publisher = Publisher.connect(config);
                RegionInventory inventory = RegionInventory.open(config.redis())) {
            List<String> wanted = regions.isEmpty() ? publisher.regions().join() : regions;
            return remove ? remove(inventory, wanted) : list(publisher, inventory, wanted);
        }
    }

    private void checkCommandLine() {
        List<String> faults = new ArrayList<>();
        regions.forEach(region -> Syntax.faultInRegion(region).ifPresent(fault -> faults.add("REGION " + fault)));
        if (!remove && (dryRun || unusedFor != null)) {
            faults.add("--dry-run and --unused are only for --remove");
        }
        if (remove && regions.isEmpty() && unusedFor == null) {
            faults.add("--remove needs the names of regions, or --unused");
        }
        requireNone(faults);
    }

    private int list(Publisher publisher, RegionInventory inventory, List<String> wanted) {
        PrintWriter out = out();
        if (!json) {
            out.println(
                    wanted.isEmpty()
                            ? "there is no region yet: nobody has published or subscribed"
                            : row("REGION", "MEMBERS", "HEAD", "RECORDS", "BYTES", "AGE"));
        }
        for (String region : wanted) {
            RegionView view = publisher.region(region).join();
            RegionInventory.Use use = inventory.use(region);
            Position head = view.head();
            if (json) {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("region", region);
                answer.put("members", view.members().size());
                answer.put("head", head == null ? null : head.toString());
                answer.put("logRecords", view.logRecords());
                answer.put("logBytes", orNull(use.logBytes()));
                answer.put("sinceLastAppendMicros", orNull(use.sinceLastAppendMicros()));
                out.println(Json.line(answer));
            } else {
                out.println(row(
                        region,
                        Integer.toString(view.members().size()),
                        head == null ? "none" : head.toString(),
                        Long.toString(view.logRecords()),
                        use.logBytes().isPresent()
                                ? Long.toString(use.logBytes().getAsLong())
                                : "-",
                        use.sinceLastAppendMicros().isPresent()
                                ? Times.micros(use.sinceLastAppendMicros().getAsLong())
                                : "-"));
            }
        }
        return ExitCode.OK;
    }

    private int remove(RegionInventory inventory, List<String> wanted) {
        Duration limit = unusedFor == null ? Duration.ZERO : unusedFor;
        AtomicInteger staying = new AtomicInteger();
        BiConsumer<String, Fate> fates = (region, fate) -> {
            // With --unused alone the others were not meant.
            if (!regions.isEmpty() && (fate == Fate.FOLLOWED || fate == Fate.USED)) {
                staying.incrementAndGet();
            }
            print(region, fate);
        };
        if (dryRun) {
            wanted.forEach(region -> fates.accept(region, inventory.look(region, limit)));
        } else {
            inventory.remove(wanted, limit, fates);
        }
        return staying.get() == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(String region, Fate fate) {
        PrintWriter out = out();
        if (json) {
            out.println(Json.line(Map.of("region", region, "fate", fate.name().toLowerCase(Locale.ROOT))));
            return;
        }
        out.println(region + ": "
                + switch (fate) {
                    case REMOVED -> "removed";
                    case UNUSED -> "would be removed";
                    case FOLLOWED ->
                        "stays, a subscriber follows it or did so lately (./freshet members " + region + ")";
                    case USED -> "stays, somebody appends to it";
                });
    }

    private static @Nullable Long orNull(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static String row(String region, String members, String head, String records, String bytes, String age) {
        return String.format(
                Locale.ROOT, "%-32s  %7s  %-26s  %8s  %10s  %10s", region, members, head, records, bytes, age);
    }
}
