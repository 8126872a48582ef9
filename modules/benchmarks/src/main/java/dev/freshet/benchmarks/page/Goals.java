package dev.freshet.benchmarks.page;

import dev.freshet.benchmarks.endtoend.EndToEnd;
import dev.freshet.benchmarks.footprint.Footprint;
import dev.freshet.benchmarks.footprint.MemoryPerEntry;
import dev.freshet.benchmarks.http.HitOverHttp;
import dev.freshet.benchmarks.inner.InnerParts;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Markdown;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.benchmarks.resp.RespReads;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Compares the measured figures with the goals. */
final class Goals {

    private static final String FRESHET = "Freshet, Java API";
    private static final String FLOOR = "floor, single keys";
    private static final String FLOOR_BATCHES = "floor, binary batches of 32";
    private static final List<String> PEERS =
            List.of("Lettuce", "Jedis", "Redisson", "Redisson, async calls", "JetCache");

    /**
     * One row of the table.
     *
     * @param what the row's title
     * @param part the report that holds the figure
     * @param who the contender; empty for the one with the largest median
     * @param other the contender to divide by; empty if the goal is for the figure itself
     * @param isUpperBound whether the figure must be at most the bound; otherwise at least
     */
    private record Goal(
            String what, String part, String measure, String who, String other, boolean isUpperBound, double bound) {

        boolean isMetBy(Figure figure) {
            return isUpperBound ? figure.median() <= bound : figure.median() >= bound;
        }
    }

    private Goals() {}

    private static List<Goal> goals() {
        List<Goal> goals = new ArrayList<>();
        goals.add(atMost("Stale window p50, against floor", EndToEnd.P50, FLOOR, 1.25));
        goals.add(atMost("Stale window p99, against floor", EndToEnd.P99, FLOOR, 1.5));
        for (String peer : List.of("Redisson", "JetCache")) {
            goals.add(atMost("Stale window p50, against " + peer, EndToEnd.P50, peer, 0.6));
            goals.add(atMost("Stale window p99, against " + peer, EndToEnd.P99, peer, 0.6));
        }
        goals.add(atLeast("Keys/s, against floor in batches", FRESHET, FLOOR_BATCHES, 0.75));
        for (String peer : PEERS) {
            boolean single = peer.equals("Redisson") || peer.startsWith("JetCache");
            goals.add(atLeast("Keys/s, against " + peer, FRESHET, peer, single ? 20 : 1.4));
        }
        goals.add(atLeast("Keys/s over HTTP NDJSON, against the Java API", "Freshet, HTTP NDJSON", FRESHET, 0.6));
        goals.addAll(goalsForOneProcess());
        return goals;
    }

    private static List<Goal> goalsForOneProcess() {
        List<Goal> goals = new ArrayList<>();
        goals.add(new Goal(
                "Embedded hit, against Caffeine", InnerParts.NAME, InnerParts.HIT, "Freshet", "Caffeine", true, 1.3));
        goals.add(client("Region.get of a hit, against Caffeine's get", InnerParts.CLIENT_GET, 1.3));
        goals.add(client("Region.getAll of 50 hits, against Caffeine's getAllPresent", InnerParts.CLIENT_GET_ALL, 1.3));
        goals.add(
                client("Region.invalidate, applied here, against one bare append", InnerParts.CLIENT_INVALIDATE, 1.5));
        goals.add(cacheable("String keys", InnerParts.CACHEABLE_STRING));
        goals.add(cacheable("long keys", InnerParts.CACHEABLE_LONG));
        goals.add(new Goal(
                "HTTP hit, responses/s, against a constant",
                HitOverHttp.NAME,
                HitOverHttp.RATE,
                HitOverHttp.FRESHET,
                HitOverHttp.CONSTANT,
                false,
                0.85));
        goals.add(new Goal(
                "HTTP hit, p99, against a constant",
                HitOverHttp.NAME,
                HitOverHttp.P99,
                HitOverHttp.FRESHET,
                HitOverHttp.CONSTANT,
                true,
                1.3));
        goals.add(new Goal(
                "Keys/s over HTTP, batchGet of 50 against single gets",
                HitOverHttp.NAME,
                HitOverHttp.KEYS,
                HitOverHttp.BATCH,
                HitOverHttp.SINGLE,
                false,
                10));
        goals.addAll(goalsForResp());
        goals.add(new Goal(
                "Tag, prefix or clear of 1,000,000 entries",
                InnerParts.NAME,
                InnerParts.BROAD_MILLION,
                "",
                "",
                true,
                1));
        goals.add(new Goal(
                "Memory per entry, against Caffeine",
                MemoryPerEntry.NAME,
                MemoryPerEntry.PLAIN,
                MemoryPerEntry.FRESHET,
                MemoryPerEntry.CAFFEINE,
                true,
                1.5));
        goals.add(idle("Idle subscriber, resident memory", Footprint.RESIDENT, 80));
        goals.add(new Goal(
                "Idle subscriber with the RESP port open, resident memory",
                Footprint.NAME,
                Footprint.RESIDENT,
                Footprint.WITH_RESP_PORT,
                "",
                true,
                80));
        goals.add(idle("Idle subscriber, start to ready", Footprint.START, 0.5));
        goals.add(idle("Idle subscriber, processor time", Footprint.IDLE, 0.5));
        return goals;
    }

    private static List<Goal> goalsForResp() {
        return List.of(
                resp("RESP hit, p50, against Redis on loopback", RespReads.HIT, true, 1.3),
                resp("RESP hits/s, 50 connections, against Redis", RespReads.RATE, false, 0.6),
                resp("RESP hits/s, pipelines of 16, against Redis", RespReads.PIPELINES, false, 0.5),
                resp("RESP read that is passed on, p50, against Redis", RespReads.FORWARDED, true, 2.2),
                resp("RESP SET, p50, against Redis", RespReads.SET, true, 2.5),
                resp("RESP hit, p50, both 0.3 ms from Redis, against Redis", RespReads.FAR, true, 0.2));
    }

    private static Goal resp(String what, String measure, boolean isUpperBound, double bound) {
        return new Goal(what, RespReads.NAME, measure, RespReads.SIDECAR, RespReads.REDIS, isUpperBound, bound);
    }

    private static Goal client(String what, String measure, double bound) {
        return new Goal(what, InnerParts.NAME, measure, "Freshet", InnerParts.OTHER, true, bound);
    }

    private static Goal cacheable(String keys, String measure) {
        return new Goal(
                "@Cacheable hit, " + keys + ", against Spring's CaffeineCacheManager",
                InnerParts.NAME,
                measure,
                "Freshet",
                InnerParts.SPRING,
                true,
                1.15);
    }

    private static Goal idle(String what, String measure, double bound) {
        return new Goal(what, Footprint.NAME, measure, Footprint.SHIPPED, "", true, bound);
    }

    private static Goal atMost(String what, String measure, String other, double bound) {
        return new Goal(what, EndToEnd.NAME, measure, FRESHET, other, true, bound);
    }

    private static Goal atLeast(String what, String who, String other, double bound) {
        return new Goal(what, EndToEnd.NAME, EndToEnd.KEYS, who, other, false, bound);
    }

    /** Returns a row for each goal. A figure that misses its goal is bold; one that no report holds is shown as not measured. */
    static String table(List<Report> reports) {
        StringBuilder text = new StringBuilder("| what | goal | measured |\n| --- | --- | --- |\n");
        for (Goal goal : goals()) {
            Optional<Figure> figure = figure(reports, goal);
            text.append("| ").append(goal.what);
            text.append(goal.isUpperBound ? " | ≤ " : " | ≥ ").append(bound(goal.bound));
            if (goal.other.isEmpty()) {
                figure.ifPresent(own -> text.append(' ').append(own.unit()));
            }
            text.append(" | ")
                    .append(figure.map(
                                    own -> goal.isMetBy(own) ? Markdown.range(own) : "**" + Markdown.range(own) + "**")
                            .orElse("not measured"));
            text.append(" |\n");
        }
        return text.toString();
    }

    private static String bound(double bound) {
        return bound == Math.rint(bound)
                ? String.format(Locale.ROOT, "%.0f", bound)
                : String.format(Locale.ROOT, "%s", bound);
    }

    private static Optional<Figure> figure(Report report, Goal goal) {
        return goal.who.isEmpty()
                ? report.of(goal.measure).stream().max(Comparator.comparingDouble(Figure::median))
                : report.figure(goal.measure, goal.who);
    }

    private static Optional<Figure> figure(List<Report> reports, Goal goal) {
        return reports.stream()
                .filter(report -> report.name().equals(goal.part))
                .findFirst()
                .flatMap(report -> figure(report, goal)
                        .flatMap(own -> goal.other.isEmpty()
                                ? Optional.of(own)
                                : report.figure(goal.measure, goal.other).map(own::against)));
    }
}
