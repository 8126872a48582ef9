package dev.freshet.benchmarks.http;

import dev.freshet.benchmarks.process.JavaProcess;
import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Loads the subscriber and the constant server in turn. Both run with the container's flags. */
public final class HitOverHttp {

    /** The command's name. */
    public static final String NAME = "http";

    public static final String RATE = "A hit over HTTP: responses";
    public static final String P99 = "A hit over HTTP: p99";
    public static final String KEYS = "Keys over HTTP: read";
    public static final String BATCH = "batchGet of 50";
    public static final String SINGLE = "single gets";
    public static final String FRESHET = "Freshet's subscriber";
    public static final String CONSTANT = "a constant, the same Vert.x";

    private static final String BODY = "{\"id\":42,\"name\":\"Ada Lovelace\",\"team\":7,\"since\":\"2026-01-01\"}";
    private static final String ENTRIES = "/v1/regions/users/entries";
    private static final String ENTRY = ENTRIES + "/user:42";
    private static final int BATCH_KEYS = 50;

    /** The duration of each load, and its number of connections. */
    public record Plan(int rounds, Duration warmUp, Duration time, int connections) {

        /** Returns the plan for a measurement. */
        public static Plan full(int rounds) {
            return new Plan(rounds, Duration.ofSeconds(8), Duration.ofSeconds(4), 32);
        }

        /** Returns a plan that shows only whether it works. */
        public static Plan smoke() {
            return new Plan(1, Duration.ofSeconds(1), Duration.ofSeconds(1), 4);
        }
    }

    private final Plan plan;
    private final Consumer<String> progress;

    public HitOverHttp(Plan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
    }

    /** Returns whether wrk is installed. */
    public static boolean isPossible() {
        return Wrk.isInstalled();
    }

    /** Loads both servers in turn, round by round. */
    public Report run() {
        Path jar = Checkout.builtJar("subscriber")
                .orElseThrow(() -> new IllegalStateException(
                        "The subscriber's jar is missing. Build it: mvn -DskipTests -pl subscriber -am package"));
        List<String> flags = LaunchFlags.subscriber();
        List<String> arguments = List.of("--set", "regions.users.maximum-entries=10000");
        try (RedisProcess redis = RedisProcess.start();
                ServiceProcess subscriber = ServiceProcess.startReady(jar, flags, arguments, redis.uri());
                JavaProcess constant = constantServer(flags)) {
            for (int i = 0; i < BATCH_KEYS; i++) {
                Entries.store(subscriber.uri().resolve(ENTRIES + "/user:" + i), BODY, "text/plain");
            }
            URI entry = subscriber.uri().resolve(ENTRY);
            URI batch = subscriber.uri().resolve(ENTRIES + ":batchGet");
            Entries.requireAll(batch, keys(), BATCH_KEYS, BODY);
            URI other = URI.create("http://127.0.0.1:" + constant.port() + ENTRY);
            Entries.awaitAnswer(other, BODY);
            Entries.awaitAnswer(entry, BODY);
            return measure(redis, entry, other, batch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String keys() {
        return IntStream.range(0, BATCH_KEYS)
                .mapToObj(i -> "\"user:" + i + "\"")
                .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
    }

    private static JavaProcess constantServer(List<String> flags) throws IOException {
        int port = LoopbackPorts.free();
        return JavaProcess.start(flags, ConstantServerMain.class, List.of(Integer.toString(port), BODY), port);
    }

    private Report measure(RedisProcess redis, URI entry, URI other, URI batch) {
        String machine = Machine.line(redis.version());
        List<Double> rates = new ArrayList<>();
        List<Double> otherRates = new ArrayList<>();
        List<Double> p99s = new ArrayList<>();
        List<Double> otherP99s = new ArrayList<>();
        List<Double> batchKeys = new ArrayList<>();
        progress.accept("warming up");
        Wrk.run(other, plan.connections(), plan.warmUp());
        Wrk.run(entry, plan.connections(), plan.warmUp());
        Wrk.post(batch, keys(), plan.connections(), plan.warmUp());
        for (int round = 1; round <= plan.rounds(); round++) {
            progress.accept("round " + round + " of " + plan.rounds());
            Wrk.Load constant = Wrk.run(other, plan.connections(), plan.time());
            Wrk.Load freshet = Wrk.run(entry, plan.connections(), plan.time());
            Wrk.Load batches = Wrk.post(batch, keys(), plan.connections(), plan.time());
            batchKeys.add(batches.requestsPerSecond() * BATCH_KEYS);
            otherRates.add(constant.requestsPerSecond());
            otherP99s.add(constant.p99Micros() / 1_000);
            rates.add(freshet.requestsPerSecond());
            p99s.add(freshet.p99Micros() / 1_000);
        }
        return new Report(
                NAME,
                machine,
                List.of(
                        new Figure(RATE, FRESHET, "/s", rates),
                        new Figure(RATE, CONSTANT, "/s", otherRates),
                        new Figure(P99, FRESHET, "ms", p99s),
                        new Figure(P99, CONSTANT, "ms", otherP99s),
                        new Figure(KEYS, BATCH, "keys/s", batchKeys),
                        new Figure(KEYS, SINGLE, "keys/s", rates)));
    }
}
