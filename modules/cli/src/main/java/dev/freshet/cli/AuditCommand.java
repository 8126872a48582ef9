package dev.freshet.cli;

import dev.freshet.audit.AuditConfig;
import dev.freshet.audit.AuditFinding;
import dev.freshet.audit.AuditTally;
import dev.freshet.audit.Auditor;
import dev.freshet.audit.HttpTruth;
import dev.freshet.audit.Truth;
import dev.freshet.bus.Publisher;
import dev.freshet.schema.Position;
import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Units;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks live members whether they still hold what was invalidated, and counts how often they do. */
@Command(
        name = "audit",
        description =
                "Ask every live member, some time after each change, whether it still holds what the change named.",
        sortOptions = false,
        footer = {
            "",
            "STALE: asked so long after a change, a member would serve an entry from before it.",
            "ADMITTED: of these, the member says itself that it is not confirmed since the change.",
            "WRONG: with --truth-url, a value still differs from what the application says.",
            "FRESH: if nothing was stale, the least that so many checks prove with 95 %% certainty.",
            "",
            "Exit codes: 0 nothing found, 1 found, or Redis is unavailable, 2 wrong command line, 3 nobody could be asked."
        })
final class AuditCommand extends RedisCommand {

    private static final int MAX_SHOWN = 20;
    private static final Duration MARGIN = Duration.ofSeconds(30);

    @Parameters(paramLabel = "REGION", description = "The region, for example users.")
    private String region = "";

    @Option(
            names = "--for",
            paramLabel = "TIME",
            defaultValue = "1m",
            converter = Times.DurationConverter.class,
            description = "How long to pick changes; what was picked is then checked to the end (default: 1m).")
    private Duration howLong = Duration.ofMinutes(1);

    @Option(
            names = "--after",
            paramLabel = "TIME",
            split = ",",
            defaultValue = "1s,10s",
            converter = Times.DurationConverter.class,
            description = "How long after a change to ask; several with commas (default: 1s,10s).")
    private List<Duration> after = List.of();

    @Option(
            names = "--sample",
            paramLabel = "PART",
            defaultValue = "1",
            description = "Which part of the records to check, 0 to 1 (default: 1, at most 40 a second).")
    private double sample = 1;

    @Option(
            names = "--truth-url",
            paramLabel = "URL",
            description = "Compare values with the application's own answer, like http://app:8080/users/{id}.")
    private @Nullable String truthUrl;

    @Option(
            names = "--truth-keys",
            paramLabel = "PATTERN",
            description = "Which keys that address is for, like user:{id}.")
    private @Nullable String truthKeys;

    @Option(names = "--show-keys", description = "Print keys instead of their hashes.")
    private boolean showKeys;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
        Map<String, Truth> truths = checkCommandLine();
        AuditTally tally = new AuditTally();
        AuditConfig config = new AuditConfig(List.of(region), sample, after, truths, Duration.ofSeconds(2));
        boolean isWhole;
        try (Publisher publisher = Publisher.connect(redis.publisher())) {
            publisher.region(region).join(); // fails if Redis is unavailable
            try (Auditor auditor = Auditor.start(publisher, config, tally)) {
                if (!json) {
                    out().println("auditing " + region + " for " + Units.format(howLong) + " ...");
                    out().flush();
                }
                TimeUnit.NANOSECONDS.sleep(howLong.toNanos());
                isWhole = auditor.finish(after.get(after.size() - 1).plus(MARGIN));
            }
        }
        if (json) {
            out().println(Json.line(asMap(tally, isWhole)));
        } else {
            print(out(), tally, isWhole);
        }
        return !tally.findings().isEmpty() ? ExitCode.FAILED : hasChecked(tally) ? ExitCode.OK : ExitCode.INCONCLUSIVE;
    }

    private Map<String, Truth> checkCommandLine() {
        List<String> faults = new ArrayList<>();
        Syntax.faultInRegion(region).ifPresent(fault -> faults.add("REGION " + fault));
        String fault = AuditConfig.faultIn(after);
        if (fault != null) {
            faults.add("--after " + fault);
        }
        if (!(sample >= 0 && sample <= 1)) {
            faults.add("--sample must be 0 to 1, not " + sample);
        } else if (sample == 0 && truthUrl == null) {
            faults.add("--sample 0 leaves nothing to check without --truth-url");
        }
        Map<String, Truth> truths = Map.of();
        if ((truthUrl == null) != (truthKeys == null)) {
            faults.add("--truth-url and --truth-keys must be given together");
        } else if (truthUrl != null && truthKeys != null) {
            String keysFault = KeyPattern.faultIn(truthKeys);
            String urlFault = keysFault == null ? HttpTruth.faultIn(KeyPattern.parse(truthKeys), truthUrl) : null;
            if (keysFault != null) {
                faults.add("--truth-keys " + keysFault);
            } else if (urlFault != null) {
                faults.add("--truth-url " + urlFault);
            } else {
                truths = Map.of(region, new HttpTruth(KeyPattern.parse(truthKeys), Template.parse(truthUrl)));
            }
        }
        requireNone(faults);
        return truths;
    }

    private static long checked(AuditTally tally) {
        return tally.moments().values().stream()
                .mapToLong(AuditTally.Moment::checked)
                .sum();
    }

    private static boolean hasChecked(AuditTally tally) {
        return checked(tally) + tally.compared() > 0;
    }

    private void print(PrintWriter out, AuditTally tally, boolean isWhole) {
        out.println(row("AFTER", "CHECKED", "STALE", "ADMITTED", "WRONG", "UNANSWERED", "FRESH"));
        tally.moments()
                .forEach((moment, counts) -> out.println(row(
                        Units.format(moment),
                        Long.toString(counts.checked()),
                        Long.toString(counts.stale()),
                        Long.toString(counts.admitted()),
                        Long.toString(counts.wrong()),
                        Long.toString(counts.unanswered()),
                        fresh(counts))));
        List<AuditFinding> findings = tally.findings();
        findings.stream().limit(MAX_SHOWN).forEach(finding -> out.println(line(finding)));
        if (findings.size() > MAX_SHOWN) {
            out.println("... and " + (findings.size() - MAX_SHOWN) + " more");
        }
        if (tally.compared() + tally.notCompared() > 0) {
            out.println(tally.compared() + " values compared with the truth, " + tally.notCompared()
                    + " that could not be compared");
        }
        if (tally.skipped() > 0) {
            out.println(tally.skipped() + " records left out, because there were too many");
        }
        if (tally.lastFailure() != null) {
            out.println(tally.failures() + " questions failed, the last because: " + tally.lastFailure());
        }
        if (!isWhole) {
            out.println("not everything that was picked could be checked in time");
        }
        out.println(verdict(tally));
    }

    private static String row(
            String after,
            String checked,
            String stale,
            String admitted,
            String wrong,
            String unanswered,
            String fresh) {
        return String.format(
                Locale.ROOT, "%6s %9s %7s %9s %7s %11s  %s", after, checked, stale, admitted, wrong, unanswered, fresh);
    }

    /** Says in percent and nines what so many checks prove. */
    private static String fresh(AuditTally.Moment counts) {
        double fresh = AuditTally.fresh(counts.checked(), counts.stale());
        if (counts.checked() == 0) {
            return "unknown";
        }
        int nines = AuditTally.nines(fresh);
        String percent = String.format(Locale.ROOT, "%.4f %%", 100 * fresh);
        return percent + (counts.stale() == 0 ? " or better" : "") + (nines > 0 ? " (" + nines + " nines)" : "");
    }

    private String line(AuditFinding finding) {
        Position record = finding.record();
        return finding.kind() + " after " + Units.format(finding.after()) + ": " + finding.memberName() + " at "
                + (finding.memberPosition() == null ? "no position" : finding.memberPosition())
                + (record == null ? "" : ", record " + record + " of " + finding.origin())
                + (finding.admitted() ? ", admitted" : ", as confirmed")
                + (finding.traceId() == null ? "" : ", trace " + finding.traceId()) + ", keys "
                + String.join(" ", showKeys ? finding.keys() : finding.keyHashes());
    }

    private static String verdict(AuditTally tally) {
        if (!hasChecked(tally)) {
            return "INCONCLUSIVE: nothing was checked; was there a change, and does a live member follow the region?";
        }
        int found = tally.findings().size();
        return found == 0
                ? "nothing stale in " + (checked(tally) + tally.compared()) + " checks"
                : found + (found == 1 ? " finding" : " findings") + " in " + (checked(tally) + tally.compared())
                        + " checks";
    }

    private Map<String, Object> asMap(AuditTally tally, boolean isWhole) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("region", region);
        List<Map<String, Object>> moments = new ArrayList<>();
        tally.moments().forEach((moment, counts) -> {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("after", Units.format(moment));
            one.put("checked", counts.checked());
            one.put("stale", counts.stale());
            one.put("admitted", counts.admitted());
            one.put("wrong", counts.wrong());
            one.put("unanswered", counts.unanswered());
            one.put("fresh", AuditTally.fresh(counts.checked(), counts.stale()));
            moments.add(one);
        });
        answer.put("moments", moments);
        answer.put("compared", tally.compared());
        answer.put("notCompared", tally.notCompared());
        answer.put("skipped", tally.skipped());
        answer.put("failures", tally.failures());
        answer.put("lastFailure", tally.lastFailure());
        answer.put("whole", isWhole);
        answer.put("findings", tally.findings().stream().map(this::asMap).toList());
        return answer;
    }

    private Map<String, Object> asMap(AuditFinding finding) {
        Map<String, Object> one = new LinkedHashMap<>();
        Position record = finding.record();
        Position position = finding.memberPosition();
        one.put("kind", finding.kind().name().toLowerCase(Locale.ROOT));
        one.put("after", Units.format(finding.after()));
        one.put("record", record == null ? null : record.toString());
        one.put("origin", finding.origin());
        one.put("traceId", finding.traceId());
        one.put("member", finding.memberName());
        one.put("memberId", finding.memberId());
        one.put("memberPosition", position == null ? null : position.toString());
        one.put("admitted", finding.admitted());
        one.put(showKeys ? "keys" : "keyHashes", showKeys ? finding.keys() : finding.keyHashes());
        return one;
    }
}
