package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs all contenders in turn, round by round, each from scratch on an empty Redis. The first rounds only warm up, so that the measured
 * code is compiled, as in a process that has served for a while.
 */
public final class EndToEnd {

    public static final String NAME = "e2e";
    public static final String P50 = "End to end: stale window p50";
    public static final String P99 = "End to end: stale window p99";
    public static final String KEYS = "End to end: throughput";

    private static final int PER_SECOND = 1_000;

    /**
     * A warm-up round makes this many times the calls at this many times the rate. The few thousand calls of a measured round would
     * otherwise be compiled while they are measured.
     */
    private static final int WARM_UP_FACTOR = 5;

    /** A warm-up round streams this often, because an HTTP client and server need many calls until they are compiled. */
    private static final int WARM_UP_STREAMS = 3;

    /**
     * The size of a run.
     *
     * @param kinds the contenders
     * @param warmUpRounds rounds that do not count
     * @param rounds rounds that count
     * @param staleWindowKeys keys per round at the fixed rate
     * @param throughputDivisor divides the number of streamed keys
     * @param apart whether each contender has its own Java process
     */
    public record Plan(
            List<Kind> kinds, int warmUpRounds, int rounds, int staleWindowKeys, int throughputDivisor, boolean apart) {

        public Plan {
            kinds = List.copyOf(kinds);
        }

        /** Returns the plan for a measurement. */
        public static Plan full(int rounds) {
            return new Plan(List.of(Kind.values()), 5, rounds, 2_000, 1, true);
        }

        /** Returns a plan that takes a few seconds and shows only whether it works. */
        public static Plan smoke(List<Kind> kinds) {
            return new Plan(kinds, 1, 1, 100, 100, false);
        }
    }

    private final Plan plan;
    private final RedisProcess redis;
    private final Consumer<String> progress;
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
     * Runs all rounds.
     *
     * @throws IllegalStateException if an eviction is missing, or an evicted entry can be read
     */
    public Report run() {
        String machine = Machine.line(redis.version());
        List<Kind> order = new ArrayList<>(plan.kinds());
        Map<Kind, ArenaProcess> processes = new EnumMap<>(Kind.class);
        try (Arena arena = new Arena(redis.uri())) {
            for (int round = 1 - plan.warmUpRounds(); round <= plan.rounds(); round++) {
                for (Kind kind : order) {
                    redis.empty();
                    Round its = round(kind, round <= 0);
                    Measured measured = plan.apart()
                            ? processes
                                    .computeIfAbsent(kind, first -> new ArenaProcess(first, redis.uri()))
                                    .run(its)
                            : arena.run(kind, its);
                    tell(kind, round, measured);
                }
                Collections.rotate(order, 1);
            }
        } finally {
            processes.values().forEach(ArenaProcess::close);
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

    private Round round(Kind kind, boolean warmsUp) {
        int factor = warmsUp ? WARM_UP_FACTOR : 1;
        Round round = new Round(
                nextKey,
                factor * plan.staleWindowKeys(),
                factor * PER_SECOND,
                kind.streamedKeys() / plan.throughputDivisor(),
                warmsUp ? WARM_UP_STREAMS : 1);
        nextKey += round.keys();
        return round;
    }

    private void tell(Kind kind, int round, Measured measured) {
        String line = "round " + round + ": " + kind.label();
        if (kind.isCalledOneByOne()) {
            line += String.format(", p50 %.3f ms, p99 %.2f ms", measured.p50Millis(), measured.p99Millis());
            if (round > 0) {
                note(P50, kind, measured.p50Millis());
                note(P99, kind, measured.p99Millis());
            }
        }
        if (round > 0) {
            note(KEYS, kind, measured.keysPerSecond());
        }
        progress.accept(line + String.format(", %,.0f keys/s", measured.keysPerSecond()));
    }

    private void note(String measure, Kind kind, double value) {
        values.getOrDefault(measure, Map.of())
                .computeIfAbsent(kind, k -> new ArrayList<>())
                .add(value);
    }
}
