package dev.freshet.benchmarks.footprint;

import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.MetricsPage;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Measures what a deployment must be given: a subscriber's memory by the number and size of its entries, and the processor time of publisher
 * and subscriber by how many keys change per second.
 */
public final class Sizing {

    /** The command's name. */
    public static final String NAME = "sizing";

    public static final String LIMIT = "Entries of a subscriber: memory limit";
    public static final String RESIDENT = "Entries of a subscriber: resident memory (VmRSS)";
    public static final String OF_PUBLISHER = "Changed keys per second: publisher";
    public static final String OF_SUBSCRIBER = "Changed keys per second: each subscriber";

    private static final String PROCESSOR = "% of a processor";
    private static final String REGION = "users";
    private static final int MEBIBYTE = 1 << 20;

    /**
     * Of a container's limit: the image's flags make 60 % of it the heap, and regions without a limit share half of that, less what the
     * collector keeps empty.
     */
    private static final double SHARE_OF_ENTRIES = 0.29;

    /** A limit that leaves room for all but entries. */
    private static final int LEAST_MEBIBYTES = 192;

    private static final int STEP_MEBIBYTES = 64;
    /** What an entry counts beside its value: a key, a content type, objects. */
    private static final int BESIDE_VALUE_BYTES = 12 + 10 + 288;

    /**
     * How much.
     *
     * @param entries what a subscriber holds, one after the other
     * @param rates how many keys change, one after the other
     * @param time how long each rate is observed
     */
    public record Plan(List<Entries> entries, List<Rate> rates, Duration time) {

        /** Returns what the page shows. */
        public static Plan full() {
            return new Plan(
                    List.of(
                            new Entries(10_000, 100),
                            new Entries(100_000, 100),
                            new Entries(250_000, 100),
                            new Entries(500_000, 100),
                            new Entries(10_000, 1_024),
                            new Entries(80_000, 1_024)),
                    List.of(new Rate(100, 1), new Rate(1_000, 1), new Rate(10_000, 10), new Rate(100_000, 100)),
                    Duration.ofSeconds(10));
        }

        /** Returns a plan that shows only whether it works. */
        public static Plan smoke() {
            return new Plan(List.of(new Entries(1_000, 100)), List.of(new Rate(500, 10)), Duration.ofMillis(500));
        }
    }

    /** So many entries with values of a size. */
    public record Entries(int count, int valueBytes) {

        /** Returns the memory limit that holds them, in steps as people choose them. */
        int limitMebibytes() {
            double bytes = (double) count * (valueBytes + BESIDE_VALUE_BYTES) / SHARE_OF_ENTRIES;
            int steps = (int) Math.ceil(bytes / MEBIBYTE / STEP_MEBIBYTES);
            return Math.max(LEAST_MEBIBYTES, steps * STEP_MEBIBYTES);
        }

        @Override
        public String toString() {
            String size = valueBytes % 1_024 == 0 ? valueBytes / 1_024 + " KiB" : valueBytes + " bytes";
            return String.format(Locale.ROOT, "%,d of %s", count, size);
        }
    }

    /** So many keys a second, several in one request. */
    public record Rate(int keysPerSecond, int keysPerRequest) {

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%,d, %d a request", keysPerSecond, keysPerRequest);
        }
    }

    private final Plan plan;
    private final @Nullable Path jdk;
    private final Consumer<String> progress;
    private final List<Figure> figures = new ArrayList<>();

    /**
     * Creates a run.
     *
     * @param jdk builds the content of the subscriber's image; null: without that, for a run that shows only whether it works
     */
    public Sizing(Plan plan, @Nullable Path jdk, Consumer<String> progress) {
        this.plan = plan;
        this.jdk = jdk;
        this.progress = progress;
    }

    /**
     * Runs everything once.
     *
     * @throws IllegalStateException if a limit does not hold its entries
     */
    public Report run() {
        Image image = jdk == null ? null : Image.build(jdk);
        try (RedisProcess redis = RedisProcess.start()) {
            String machine = Machine.line(redis.version());
            for (Entries entries : plan.entries()) {
                progress.accept("entries: " + entries);
                double resident = residentMebibytes(image, redis, entries);
                note(LIMIT, entries.toString(), "MiB", entries.limitMebibytes());
                note(RESIDENT, entries.toString(), "MiB", resident);
            }
            redis.empty();
            observeRates(image, redis);
            return new Report(NAME, machine, figures);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void note(String measure, String who, String unit, double value) {
        figures.add(new Figure(measure, who, unit, List.of(value)));
    }

    /** Fills a region twice, so that memory has been used again, and requires that all entries are there. */
    private static double residentMebibytes(@Nullable Image image, RedisProcess redis, Entries entries)
            throws IOException {
        try (ServiceProcess subscriber = subscriber(image, redis, entries.limitMebibytes(), entries.count())) {
            for (int round = 0; round < 2; round++) {
                Filling.fill(subscriber.uri(), REGION, entries.count(), entries.valueBytes());
            }
            MetricsPage metrics = subscriber.metricsPage();
            double held = metrics.sum("cache_size", "cache=\"" + REGION + "\"");
            if (held < entries.count()) {
                throw new IllegalStateException(
                        "A limit of " + entries.limitMebibytes() + " MiB holds " + held + " entries, not " + entries);
            }
            return subscriber.residentBytes() / (double) MEBIBYTE;
        }
    }

    private void observeRates(@Nullable Image image, RedisProcess redis) {
        try (ServiceProcess publisher = ServiceProcess.startReady(
                        Checkout.jar("publisher"), LaunchFlags.publisher(), List.of(), redis.uri());
                ServiceProcess subscriber = subscriber(image, redis, LEAST_MEBIBYTES, 1_000)) {
            // What it compiles for long, it compiles before it is measured.
            for (Rate rate : plan.rates()) {
                Changes.send(publisher.uri(), REGION, rate, plan.time());
            }
            for (Rate rate : plan.rates()) {
                progress.accept("changed keys per second: " + rate);
                Duration ofPublisher = publisher.cpuTime();
                Duration ofSubscriber = subscriber.cpuTime();
                Duration took = Changes.send(publisher.uri(), REGION, rate, plan.time());
                note(OF_PUBLISHER, rate.toString(), PROCESSOR, percent(publisher, ofPublisher, took));
                note(OF_SUBSCRIBER, rate.toString(), PROCESSOR, percent(subscriber, ofSubscriber, took));
            }
        }
    }

    private static double percent(ServiceProcess process, Duration before, Duration took) {
        return 100.0 * process.cpuTime().minus(before).toNanos() / took.toNanos();
    }

    private static ServiceProcess subscriber(
            @Nullable Image image, RedisProcess redis, int limitMebibytes, int entries) {
        List<String> arguments = List.of(
                "--set", "regions." + REGION + ".maximum-entries=" + entries,
                "--set", "regions." + REGION + ".unleased-stores=accept");
        List<String> flags = new ArrayList<>(image == null ? LaunchFlags.subscriber() : image.flags());
        flags.add("-XX:MaxRAM=" + limitMebibytes + "m");
        return image == null
                ? ServiceProcess.startReady(Checkout.jar("subscriber"), flags, arguments, redis.uri())
                : ServiceProcess.startReady(image.java(), flags, Map.of(), image.jar(), arguments, redis.uri());
    }
}
