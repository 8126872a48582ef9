package dev.freshet.benchmarks.inner;

import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH over the inner parts, round by round, each benchmark in a process of its own in each round: the processes of a
 * round come one after another, so what disturbs the machine for longer disturbs both sides of a ratio.
 */
public final class InnerParts {

    /** The command's name. */
    public static final String NAME = "inner";

    /** What a broad invalidation is measured by. */
    public static final String BROAD = "A broad invalidation, until none of its entries can be read";

    /** What a hit is measured by, where nothing but a number of entries limits the cache, and it is full. */
    public static final String HIT = "A hit: a full cache";

    private static final TimeValue SLICE = TimeValue.milliseconds(300);
    private static final int BROAD_WARM_UPS = 5;

    private record Line(String measure, String who) {}

    private final int rounds;
    private final boolean quick;
    private final Consumer<String> progress;
    private final Map<Line, List<Double>> values = new LinkedHashMap<>();
    private final Map<Line, String> units = new LinkedHashMap<>();

    /**
     * Plans a run.
     *
     * @param quick one short round in this very process: whether it works, nothing about how fast
     */
    public InnerParts(int rounds, boolean quick, Consumer<String> progress) {
        this.rounds = quick ? 1 : rounds;
        this.quick = quick;
        this.progress = progress;
    }

    /** Runs all. */
    public Report run() {
        if (quick) {
            // JMH lets one run at a time measure; nothing is measured here.
            System.setProperty("jmh.ignoreLock", "true");
        }
        String machine = Machine.line("none");
        for (int round = 1; round <= rounds; round++) {
            progress.accept("round " + round + " of " + rounds);
            for (RunResult result : run(steady())) {
                note(result);
            }
        }
        progress.accept("broad invalidations");
        for (RunResult result : run(broad())) {
            noteEach(result);
        }
        List<Figure> figures = new ArrayList<>();
        values.forEach((line, each) -> figures.add(new Figure(
                line.measure, line.who, Optional.ofNullable(units.get(line)).orElse(""), each)));
        return new Report(NAME, machine, figures);
    }

    private ChainedOptionsBuilder steady() {
        return new OptionsBuilder()
                .include("inner\\.(Hit|Codec|Change)Benchmark")
                .warmupIterations(quick ? 0 : 3)
                .warmupTime(SLICE)
                .measurementIterations(quick ? 1 : 3)
                .measurementTime(quick ? TimeValue.milliseconds(2) : SLICE)
                .addProfiler(GCProfiler.class);
    }

    private ChainedOptionsBuilder broad() {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("inner\\.BroadBenchmark")
                .jvmArgsAppend("-Xmx2g", "-Xms1g")
                .warmupIterations(quick ? 0 : BROAD_WARM_UPS)
                .measurementIterations(quick ? 1 : rounds);
        return quick ? options.param("entries", "1000") : options;
    }

    private Collection<RunResult> run(ChainedOptionsBuilder options) {
        try {
            return new Runner(options.forks(quick ? 0 : 1)
                            .shouldFailOnError(true)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .run();
        } catch (RunnerException fault) {
            throw new IllegalStateException("a benchmark failed", fault);
        }
    }

    @SuppressWarnings("rawtypes") // so JMH declares it
    private void note(RunResult result) {
        Line line = line(result);
        add(line, result.getPrimaryResult().getScore(), "ns");
        for (Map.Entry<String, Result> secondary : result.getSecondaryResults().entrySet()) {
            if (secondary.getKey().endsWith("gc.alloc.rate.norm")) {
                add(
                        new Line("Memory allocated by one operation", line.measure + ", " + line.who),
                        secondary.getValue().getScore(),
                        "bytes");
            }
        }
    }

    private void noteEach(RunResult result) {
        Line line = line(result);
        result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .forEach(each -> add(line, each.getPrimaryResult().getScore() / 1_000, "ms"));
    }

    private void add(Line line, double value, String unit) {
        values.computeIfAbsent(line, absent -> new ArrayList<>()).add(value);
        units.put(line, unit);
    }

    private static Line line(RunResult result) {
        String name = result.getParams().getBenchmark();
        String method = name.substring(name.lastIndexOf('.') + 1);
        if (name.contains("HitBenchmark")) {
            String fill = parameter(result, "fill").equals("full") ? HIT : "A hit: a cache less than half full";
            String with =
                    switch (parameter(result, "region")) {
                        case "expiring" -> ", with expire-after-write";
                        case "staleHits" -> ", stale hits counted";
                        default -> "";
                    };
            return new Line(fill + with, method.equals("caffeine") ? "Caffeine" : "Freshet");
        }
        if (name.contains("CodecBenchmark")) {
            return new Line("A record of " + parameter(result, "keys") + " keys", method);
        }
        if (name.contains("BroadBenchmark")) {
            int entries = Integer.parseInt(parameter(result, "entries"));
            return new Line(
                    BROAD, parameter(result, "selector") + String.format(Locale.ROOT, ", %,d entries", entries));
        }
        return new Line(
                "A change",
                switch (method) {
                    case "caffeineEvictAndPut" -> "Caffeine: invalidate and put";
                    case "evictAndPut" -> "Freshet: a record evicts a key, and a put";
                    case "evictNothing" -> "Freshet: a record of a key that is not cached";
                    case "leaseAndStore" -> "Freshet: a lease and the store under it";
                    default -> "Freshet: a record evicts a key, a miss with its lease, and the store under it";
                });
    }

    private static String parameter(RunResult result, String name) {
        return Optional.ofNullable(result.getParams().getParam(name)).orElse("");
    }
}
