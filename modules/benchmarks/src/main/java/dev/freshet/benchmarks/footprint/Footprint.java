package dev.freshet.benchmarks.footprint;

import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures start, memory and processor time of an idle subscriber with 10,000 small entries, with the settings of the image and with others.
 */
public final class Footprint {

    /** The command's name. */
    public static final String NAME = "footprint";

    public static final String START = "Idle subscriber: start to ready";
    public static final String RESIDENT = "Idle subscriber: resident memory (VmRSS)";
    public static final String IDLE = "Idle subscriber: processor time";
    public static final String SHIPPED = "Freshet, as the image starts it";

    public static final String WITH_RESP_PORT = "Freshet, with the RESP port open";

    static final int VALUE_BYTES = 40;

    private static final int ENTRIES = 10_000;

    /** The memory limit of the manifests. The heap's size follows from it. */
    private static final String LIMIT = "-XX:MaxRAM=384m";

    private static final List<String> ARGUMENTS = List.of(
            "--set", "regions.users.maximum-entries=20000",
            "--set", "regions.users.expire-after-write=10m",
            "--set", "regions.users.unleased-stores=accept");

    private record Line(String measure, String who, String unit) {}

    private final int rounds;
    private final boolean onlyShipped;
    private final @Nullable Path newestJdk;
    private final Duration idle;
    private final Consumer<String> progress;
    private final Map<Line, List<Double>> measured = new LinkedHashMap<>();

    /**
     * Creates a run.
     *
     * @param onlyShipped whether to measure only the settings of the image, without and with a RESP port
     * @param newestJdk another JDK to build the image with, for comparison, or null
     * @param idle how long to observe the idle process
     */
    public Footprint(
            int rounds, boolean onlyShipped, @Nullable Path newestJdk, Duration idle, Consumer<String> progress) {
        this.rounds = rounds;
        this.onlyShipped = onlyShipped;
        this.newestJdk = newestJdk;
        this.idle = idle;
        this.progress = progress;
    }

    /** Builds the content of the image, and starts it in each round. */
    public Report run() {
        progress.accept("building the content of the image");
        Image image = Image.build(Path.of(System.getProperty("java.home")));
        Image newest = newestJdk == null ? null : Image.build(newestJdk);
        try (RedisProcess redis = RedisProcess.start()) {
            String machine = Machine.line(redis.version());
            List<Variant> variants = onlyShipped
                    ? List.of(Variants.shipped(image), Variants.withRespPort(image))
                    : Variants.all(image, newest, redis);
            for (int round = 1; round <= rounds; round++) {
                progress.accept("round " + round + " of " + rounds);
                for (Variant variant : variants) {
                    measure(variant, image.jar(), redis);
                }
            }
            List<Figure> figures = new ArrayList<>();
            measured.forEach((line, values) -> figures.add(new Figure(line.measure, line.who, line.unit, values)));
            figures.sort(Comparator.comparing(
                    figure -> List.of(START, RESIDENT, IDLE).indexOf(figure.measure())));
            return new Report(NAME, machine, figures);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void measure(Variant variant, Path jar, RedisProcess redis) throws IOException {
        List<String> flags = new ArrayList<>(variant.flags());
        flags.add(LIMIT);
        List<String> arguments = new ArrayList<>(ARGUMENTS);
        arguments.addAll(variant.settings());
        try (ServiceProcess subscriber = ServiceProcess.startReady(
                Path.of(variant.java()), flags, variant.environment(), jar, arguments, redis.uri())) {
            note(START, variant.name(), "s", subscriber.startup().toNanos() / 1e9);
            Filling.fill(subscriber.uri(), "users", ENTRIES, VALUE_BYTES);
            pause(Duration.ofSeconds(1));
            boolean isShipped = variant.name().equals(SHIPPED);
            Duration before = subscriber.cpuTime();
            pause(isShipped ? idle : Duration.ofMillis(100));
            if (isShipped) {
                Duration took = subscriber.cpuTime().minus(before);
                note(IDLE, variant.name(), "% of a processor", 100.0 * took.toNanos() / idle.toNanos());
            }
            note(RESIDENT, variant.name(), "MiB", subscriber.residentBytes() / 1_048_576.0);
        }
    }

    private static void pause(Duration time) {
        long untilNanos = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < untilNanos) {
            LockSupport.parkNanos(untilNanos - System.nanoTime());
        }
    }

    private void note(String measure, String who, String unit, double value) {
        measured.computeIfAbsent(new Line(measure, who, unit), absent -> new ArrayList<>())
                .add(value);
    }
}
