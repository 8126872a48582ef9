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
 * Runs JMH over the inner parts, round by round, each benchmark in a new process. The processes of a round run one after another, so a longer
 * disturbance of the machine affects both sides of a ratio.
 */
public final class InnerParts {

    /** The command's name. */
    public static final String NAME = "inner";

    private static final String CHANGE_TABLE = "A change: ";
    private static final String RECORD_TABLE = "A record: ";
    private static final String HIT_TABLE = "A hit: ";
    private static final String BROAD_TABLE = "A broad invalidation: ";
    private static final String CLIENT_TABLE = "A call of the client: ";
    private static final String CACHEABLE_TABLE = "A hit of @Cacheable: ";
    private static final String FULL = "full";

    /** The measure of a hit through {@code Region.get}, beside Caffeine's {@code get}. */
    public static final String CLIENT_GET = CLIENT_TABLE + "get, a hit";

    /** The measure of {@code Region.getAll}, beside Caffeine's {@code getAllPresent}. */
    public static final String CLIENT_GET_ALL = CLIENT_TABLE + "getAll, 50 hits";

    /** The measure of {@code Region.invalidate} until it is applied here, beside one round trip of the append script. */
    public static final String CLIENT_INVALIDATE = CLIENT_TABLE + "invalidate";

    /** What the client's calls are measured beside. */
    public static final String OTHER = "Caffeine; the bare append script";

    /** The measure of a {@code @Cacheable} hit with keys of type String. */
    public static final String CACHEABLE_STRING = CACHEABLE_TABLE + "String keys";

    /** The measure of a {@code @Cacheable} hit with keys of type long. */
    public static final String CACHEABLE_LONG = CACHEABLE_TABLE + "long keys";

    /** What {@code @Cacheable} hits are measured beside. */
    public static final String SPRING = "Spring's CaffeineCacheManager";

    /** The measure of a broad invalidation of a large region. Its contenders are the selectors. */
    public static final String BROAD_MILLION = BROAD_TABLE + "1,000,000 entries";

    /** The measure of a hit in a full cache that only a number of entries limits. */
    public static final String HIT = HIT_TABLE + FULL;

    private static final TimeValue SLICE = TimeValue.milliseconds(300);
    private static final int BROAD_WARM_UPS = 5;

    private record Line(String measure, String who) {}

    private final int rounds;
    private final boolean quick;
    private final Consumer<String> progress;
    private final Map<Line, List<Double>> values = new LinkedHashMap<>();
    private final Map<Line, String> units = new LinkedHashMap<>();

    /**
     * Creates a run.
     *
     * @param quick whether to run one short round in this process, which shows only whether it works
     */
    public InnerParts(int rounds, boolean quick, Consumer<String> progress) {
        this.rounds = quick ? 1 : rounds;
        this.quick = quick;
        this.progress = progress;
    }

    /** Runs all benchmarks. */
    public Report run() {
        if (quick) {
            // JMH allows one run at a time, because runs would disturb each other. Here nothing is measured.
            System.setProperty("jmh.ignoreLock", "true");
        }
        String machine = Machine.line("none");
        for (int round = 1; round <= rounds; round++) {
            progress.accept("round " + round + " of " + rounds);
            for (RunResult result : run(steady())) {
                note(result);
            }
            for (RunResult result : run(spring())) {
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
        return steady("inner\\.(Hit|Codec|Change|Client)Benchmark", 3);
    }

    /** A call through Spring's proxy goes through many methods, which take longer to be compiled. */
    private ChainedOptionsBuilder spring() {
        return steady("inner\\.SpringBenchmark", 8);
    }

    private ChainedOptionsBuilder steady(String benchmarks, int warmUps) {
        return new OptionsBuilder()
                .include(benchmarks)
                .warmupIterations(quick ? 0 : warmUps)
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
            throw new IllegalStateException("A JMH benchmark failed", fault);
        }
    }

    @SuppressWarnings("rawtypes") // JMH declares the type raw
    private void note(RunResult result) {
        Line line = line(result);
        add(line, result.getPrimaryResult().getScore(), "ns");
        for (Map.Entry<String, Result> secondary : result.getSecondaryResults().entrySet()) {
            if (secondary.getKey().endsWith("gc.alloc.rate.norm")) {
                add(allocated(line), secondary.getValue().getScore(), "bytes");
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
            String fill = parameter(result, "fill").equals("full") ? FULL : "less than half full";
            String with =
                    switch (parameter(result, "region")) {
                        case "expiring" -> ", expire-after-write";
                        case "staleHits" -> ", stale hits counted";
                        default -> "";
                    };
            return new Line(HIT_TABLE + fill + with, method.equals("caffeine") ? "Caffeine" : "Freshet");
        }
        if (name.contains("ClientBenchmark")) {
            String measure = method.startsWith("getAll")
                    ? CLIENT_GET_ALL
                    : method.startsWith("get") ? CLIENT_GET : CLIENT_INVALIDATE;
            return new Line(measure, method.endsWith("Other") ? OTHER : "Freshet");
        }
        if (name.contains("SpringBenchmark")) {
            return new Line(
                    method.startsWith("string") ? CACHEABLE_STRING : CACHEABLE_LONG,
                    method.endsWith("Other") ? SPRING : "Freshet");
        }
        if (name.contains("CodecBenchmark")) {
            return new Line(
                    RECORD_TABLE
                            + (parameter(result, "keys").equals("1") ? "1 key" : parameter(result, "keys") + " keys"),
                    method);
        }
        if (name.contains("BroadBenchmark")) {
            int entries = Integer.parseInt(parameter(result, "entries"));
            return new Line(
                    BROAD_TABLE + String.format(Locale.ROOT, "%,d entries", entries), parameter(result, "selector"));
        }
        return new Line(
                CHANGE_TABLE + "time",
                switch (method) {
                    case "caffeineEvictAndPut" -> "Caffeine: invalidate, put";
                    case "evictAndPut" -> "Freshet: apply a record, put";
                    case "evictNothing" -> "Freshet: apply a record, key not cached";
                    case "leaseAndStore" -> "Freshet: lease, store";
                    default -> "Freshet: apply a record, miss with lease, store";
                });
    }

    /** Returns the line that shows how many bytes each operation of another line allocates. */
    private static Line allocated(Line line) {
        if (line.measure.startsWith(HIT_TABLE)) {
            return new Line("Allocated by a hit: " + line.measure.substring(HIT_TABLE.length()), line.who);
        }
        String measure =
                line.measure.startsWith(CHANGE_TABLE) ? CHANGE_TABLE + "allocated" : line.measure + ", allocated";
        return new Line(measure, line.who);
    }

    private static String parameter(RunResult result, String name) {
        return Optional.ofNullable(result.getParams().getParam(name)).orElse("");
    }
}
