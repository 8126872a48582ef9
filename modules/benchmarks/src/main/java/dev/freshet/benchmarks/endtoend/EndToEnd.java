package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.contender.SharedPublisher;
import dev.freshet.benchmarks.contender.Site;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * Runs everybody in turn, round by round, each from scratch on an empty Redis. The first rounds only warm up: all run in one
 * process, and what is measured is code that was compiled, as in a process that has served for a while.
 */
public final class EndToEnd {

    public static final String NAME = "e2e";
    public static final String P50 = "Stale window at 1,000 invalidations/s, p50";
    public static final String P99 = "Stale window at 1,000 invalidations/s, p99";
    public static final String KEYS = "Keys delivered to four subscribers, none lost";

    private static final int PER_SECOND = 1_000;

    /**
     * How much to do.
     *
     * @param kinds who takes part
     * @param warmUpRounds how many rounds do not count
     * @param rounds how many rounds count
     * @param staleWindowKeys how many keys a round at the fixed rate
     * @param throughputDivisor does so many times fewer keys as fast as possible
     */
    public record Plan(List<Kind> kinds, int warmUpRounds, int rounds, int staleWindowKeys, int throughputDivisor) {

        public Plan {
            kinds = List.copyOf(kinds);
        }

        /** The real one. */
        public static Plan full(int rounds) {
            return new Plan(List.of(Kind.values()), 5, rounds, 2_000, 1);
        }

        /** A few seconds; only good to see whether it works. */
        public static Plan smoke(List<Kind> kinds) {
            return new Plan(kinds, 1, 1, 100, 100);
        }
    }

    private final Plan plan;
    private final RedisProcess redis;
    private final Consumer<String> progress;
    private final Arrivals arrivals = new Arrivals();
    private final Map<String, Map<Kind, List<Double>>> values = new LinkedHashMap<>();
    private int nextKey;

    public EndToEnd(Plan plan, RedisProcess redis, Consumer<String> progress) {
        this.plan = plan;
        this.redis = redis;
        this.progress = progress;
        for (String measure : List.of(P50, P99, KEYS)) {
            values.put(measure, new LinkedHashMap<>());
        }
    }

    /**
     * Runs it.
     *
     * @throws IllegalStateException if an eviction is missing, or an entry can be read after it
     */
    public Report run() {
        String machine = Machine.line(redis.version());
        List<Kind> order = new ArrayList<>(plan.kinds());
        try (SharedPublisher publisher = new SharedPublisher()) {
            for (int round = 1 - plan.warmUpRounds(); round <= plan.rounds(); round++) {
                for (Kind kind : order) {
                    run(kind, round, publisher);
                }
                Collections.rotate(order, 1);
            }
        }
        List<Figure> figures = new ArrayList<>();
        values.forEach((measure, ofAll) -> {
            for (Kind kind : plan.kinds()) {
                List<Double> rounds = ofAll.get(kind);
                if (rounds != null) {
                    figures.add(new Figure(measure, kind.label(), measure.equals(KEYS) ? "keys/s" : "ms", rounds));
                }
            }
        });
        return new Report(NAME, machine, figures);
    }

    private void run(Kind kind, int round, SharedPublisher publisher) {
        redis.empty();
        boolean counts = round > 0;
        try (Contender contender = kind.open(new Site(redis.uri(), arrivals, publisher))) {
            String line = "round " + round + ": " + kind.label();
            if (kind.isCalledOneByOne()) {
                Keys keys = keys(plan.staleWindowKeys());
                Histogram windows =
                        new StaleWindow(PER_SECOND, plan.staleWindowKeys() / 4).run(contender, arrivals, keys);
                double p50 = millis(windows.getValueAtPercentile(50));
                double p99 = millis(windows.getValueAtPercentile(99));
                line += String.format(", p50 %.3f ms, p99 %.2f ms", p50, p99);
                if (counts) {
                    note(P50, kind, p50);
                    note(P99, kind, p99);
                }
            }
            double perSecond =
                    Throughput.run(contender, arrivals, keys(kind.streamedKeys() / plan.throughputDivisor()));
            line += String.format(", %,.0f keys/s", perSecond);
            if (counts) {
                note(KEYS, kind, perSecond);
            }
            progress.accept(line);
        }
    }

    private Keys keys(int count) {
        Keys keys = new Keys(nextKey, count);
        nextKey += count;
        return keys;
    }

    private void note(String measure, Kind kind, double value) {
        values.getOrDefault(measure, Map.of())
                .computeIfAbsent(kind, k -> new ArrayList<>())
                .add(value);
    }

    private static double millis(long nanos) {
        return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    }
}
