package dev.freshet.benchmarks.report;

import dev.freshet.benchmarks.footprint.Footprint;
import dev.freshet.benchmarks.footprint.MemoryPerEntry;
import dev.freshet.benchmarks.http.HitOverHttp;
import dev.freshet.benchmarks.inner.InnerParts;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The goals beside what was measured. */
final class Goals {

    private static final String P50 = "Stale window at 1,000 invalidations/s, p50";
    private static final String P99 = "Stale window at 1,000 invalidations/s, p99";
    private static final String KEYS = "Keys delivered to four subscribers, none lost";

    private static final String FRESHET = "Freshet, Java API";
    private static final String FLOOR = "floor: PUBLISH, single keys";
    private static final String FLOOR_BATCHES = "floor: PUBLISH, binary batches of 32";
    private static final List<String> PEERS = List.of(
            "Lettuce client-side caching",
            "Jedis client-side caching",
            "Redisson RLocalCachedMap",
            "Redisson RLocalCachedMap, async calls",
            "JetCache with broadcast");

    /** One line; {@code other} is empty where the figure itself is the goal. */
    private record Goal(
            String what, String part, String measure, String who, String other, boolean most, double bound) {}

    private Goals() {}

    private static List<Goal> goals() {
        List<Goal> goals = new ArrayList<>();
        goals.add(atMost("Stale window p50, against the floor", P50, FLOOR, 1.25));
        goals.add(atMost("Stale window p99, against the floor", P99, FLOOR, 1.5));
        for (String peer : List.of("Redisson RLocalCachedMap", "JetCache with broadcast")) {
            goals.add(atMost("Stale window p50, against " + peer, P50, peer, 0.6));
            goals.add(atMost("Stale window p99, against " + peer, P99, peer, 0.6));
        }
        goals.add(atLeast("Keys/s, against the floor in binary batches of 32", FRESHET, FLOOR_BATCHES, 0.75));
        for (String peer : PEERS) {
            boolean single = peer.equals("Redisson RLocalCachedMap") || peer.startsWith("JetCache");
            goals.add(atLeast("Keys/s, against " + peer, FRESHET, peer, single ? 20 : 1.4));
        }
        goals.add(atLeast("Keys/s over HTTP NDJSON, against the Java API", "Freshet, HTTP NDJSON", FRESHET, 0.6));
        goals.addAll(ofOneProcess());
        return goals;
    }

    private static List<Goal> ofOneProcess() {
        List<Goal> goals = new ArrayList<>();
        goals.add(new Goal(
                "Hit in the embedded cache, against Caffeine",
                "inner",
                InnerParts.HIT,
                "Freshet",
                "Caffeine",
                true,
                1.3));
        goals.add(new Goal(
                "Hit over HTTP, answers/s, against a constant",
                HitOverHttp.NAME,
                HitOverHttp.RATE,
                HitOverHttp.FRESHET,
                HitOverHttp.CONSTANT,
                false,
                0.85));
        goals.add(new Goal(
                "Hit over HTTP, p99, against a constant",
                HitOverHttp.NAME,
                HitOverHttp.P99,
                HitOverHttp.FRESHET,
                HitOverHttp.CONSTANT,
                true,
                1.3));
        for (String selector : List.of("tag", "prefix", "clear")) {
            String many = selector + ", 1,000,000 entries";
            goals.add(new Goal(
                    "A " + selector + " that hits 1,000,000 entries", "inner", InnerParts.BROAD, many, "", true, 1));
        }
        goals.add(new Goal(
                "Memory an entry, against Caffeine",
                MemoryPerEntry.NAME,
                MemoryPerEntry.PLAIN,
                MemoryPerEntry.FRESHET,
                MemoryPerEntry.CAFFEINE,
                true,
                1.5));
        goals.add(idle("Idle subscriber, resident memory", Footprint.RESIDENT, 80));
        goals.add(idle("Idle subscriber, start to ready", Footprint.START, 0.5));
        goals.add(idle("Idle subscriber, processor time", Footprint.IDLE, 0.5));
        return goals;
    }

    private static Goal idle(String what, String measure, double bound) {
        return new Goal(what, Footprint.NAME, measure, Footprint.SHIPPED, "", true, bound);
    }

    private static Goal atMost(String what, String measure, String other, double bound) {
        return new Goal(what, "e2e", measure, FRESHET, other, true, bound);
    }

    private static Goal atLeast(String what, String who, String other, double bound) {
        return new Goal(what, "e2e", KEYS, who, other, false, bound);
    }

    static String table(List<Report> reports) {
        StringBuilder text =
                new StringBuilder("| what | goal | measured: median (min to max) | met |\n| --- | --- | --- | --- |\n");
        for (Goal goal : goals()) {
            Optional<Figure> figure = figure(reports, goal);
            String bound = (goal.most ? "≤ " : "≥ ") + bound(goal.bound);
            String unit = goal.other.isEmpty() ? figure.map(Figure::unit).orElse("") : "×";
            String measured = figure.map(f -> Markdown.number(f.median()) + " (" + Markdown.number(f.min()) + " to "
                            + Markdown.number(f.max()) + ")")
                    .orElse("not measured");
            String met = figure.map(f -> goal.most ? f.median() <= goal.bound : f.median() >= goal.bound)
                    .map(yes -> yes ? "yes" : "**no**")
                    .orElse("");
            text.append("| ")
                    .append(goal.what)
                    .append(" | ")
                    .append(bound)
                    .append(' ')
                    .append(unit);
            text.append(" | ").append(measured).append(" | ").append(met).append(" |\n");
        }
        return text.toString();
    }

    private static String bound(double bound) {
        return bound == Math.rint(bound)
                ? String.format(Locale.ROOT, "%.0f", bound)
                : String.format(Locale.ROOT, "%s", bound);
    }

    private static Optional<Figure> figure(List<Report> reports, Goal goal) {
        return reports.stream()
                .filter(report -> report.name().equals(goal.part))
                .findFirst()
                .flatMap(report -> report.figure(goal.measure, goal.who)
                        .flatMap(own -> goal.other.isEmpty()
                                ? Optional.of(own)
                                : report.figure(goal.measure, goal.other).map(own::against)));
    }
}
