package dev.freshet.benchmarks.growth;

import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** Measures all curves in turn, round by round. */
public final class Growth {

    /** The command's name. */
    public static final String NAME = "growth";

    private record Line(String measure, String who, String unit) {}

    /** The points of each curve. */
    public record Plan(
            int rounds,
            int keys,
            List<Integer> subscribers,
            List<Integer> regions,
            List<Integer> entries,
            List<Integer> batches,
            List<Integer> fences,
            List<Integer> rates) {

        /** Returns the plan for a measurement. */
        public static Plan full(int rounds) {
            return new Plan(
                    rounds,
                    98_304,
                    List.of(1, 4, 16, 64),
                    List.of(1, 10, 100, 1_000),
                    List.of(1_000, 10_000, 100_000, 1_000_000),
                    List.of(1, 8, 64, 1_024),
                    List.of(0, 100, 1_000, 10_000),
                    List.of(10_000, 50_000, 200_000, 1_000_000));
        }

        /** Returns a plan that shows only whether it works. */
        public static Plan smoke() {
            return new Plan(
                    1, 256, List.of(1, 2), List.of(1, 3), List.of(100), List.of(1, 32), List.of(0, 10), List.of(1_000));
        }
    }

    private final Plan plan;
    private final Consumer<String> progress;
    private final Map<Line, List<Double>> measured = new LinkedHashMap<>();

    public Growth(Plan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Records values of curves. */
    interface Notebook {
        void note(String measure, String at, String unit, double value);
    }

    /** Measures all curves. */
    public Report run() {
        try (RedisProcess redis = RedisProcess.start()) {
            String machine = Machine.line(redis.version());
            BusCurves bus = new BusCurves(redis, plan);
            CacheCurves cache = new CacheCurves(plan);
            // The first round only warms up.
            for (int round = 0; round <= plan.rounds(); round++) {
                progress.accept(round == 0 ? "warming up" : "round " + round + " of " + plan.rounds());
                Notebook notebook = round == 0 ? (measure, at, unit, value) -> {} : this::note;
                bus.run(notebook);
                cache.run(notebook);
            }
            List<String> order =
                    measured.keySet().stream().map(Line::measure).distinct().toList();
            List<Figure> figures = new ArrayList<>();
            measured.forEach((line, values) -> figures.add(new Figure(line.measure, line.who, line.unit, values)));
            figures.sort(Comparator.comparing(figure -> order.indexOf(figure.measure())));
            return new Report(NAME, machine, figures);
        }
    }

    /** Returns the costs of more pods than were measured, as Markdown. */
    public String arithmetic(Report report) {
        List<Integer> subscribers = plan.subscribers();
        return new Arithmetic(report, subscribers.get(0), subscribers.get(subscribers.size() - 1)).markdown();
    }

    private void note(String measure, String at, String unit, double value) {
        measured.computeIfAbsent(new Line(measure, at, unit), absent -> new ArrayList<>())
                .add(value);
    }

    /** Returns a point of a curve as the tables name it. */
    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
