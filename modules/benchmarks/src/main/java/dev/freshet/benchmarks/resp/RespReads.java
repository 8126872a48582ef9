package dev.freshet.benchmarks.resp;

import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Figure;
import dev.freshet.benchmarks.report.Machine;
import dev.freshet.benchmarks.report.Report;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import redis.clients.jedis.Jedis;

/** Loads Redis and a sidecar before it in turn, on loopback, then both with a network in between. */
public final class RespReads {

    /** The command's name. */
    public static final String NAME = "resp";

    public static final String SIDECAR = "the sidecar's port";
    public static final String REDIS = "Redis, directly";
    static final String NODE = "node-redis, its cache";
    public static final String HIT = "RESP, one connection: GET of a hot key, p50";
    public static final String FORWARDED = "RESP, one connection: GET of a key without a rule, p50";
    public static final String SET = "RESP, one connection: SET, p50";
    public static final String RATE = "RESP, many reads: 50 connections";
    public static final String PIPELINES = "RESP, many reads: pipelines of 16";
    public static final String FAR = "RESP, 0.3 ms from Redis: GET of a hot key, p50";
    public static final String COMMANDS = "RESP, 0.3 ms from Redis: reads that Redis sees";

    /** A thread that waits wakes some 50 microseconds late, which counts as part of the way. */
    private static final Duration FAR_LATENCY = Duration.ofNanos(90_000);

    /** A chart's axis is logarithmic. */
    private static final double MIN_PERCENT = 0.01;

    private static final int PIPELINE = 16;
    private static final int VALUE_BYTES = 100;
    private static final String HOT = "user:42";
    private static final String NO_RULE = "other:42";
    private static final int GET_ANSWER = ("$" + VALUE_BYTES + "\r\n\r\n").length() + VALUE_BYTES;
    private static final int OK_ANSWER = "+OK\r\n".length();

    /** How long each load lasts, and how many connections there are where there are many. */
    public record Plan(int rounds, Duration warmUp, Duration time, int connections) {

        /** Returns the plan for a measurement. */
        public static Plan full(int rounds) {
            return new Plan(rounds, Duration.ofSeconds(4), Duration.ofMillis(1_500), 50);
        }

        /** Returns a plan that shows only whether it works. */
        public static Plan smoke() {
            return new Plan(1, Duration.ofMillis(200), Duration.ofMillis(200), 5);
        }
    }

    private final Plan plan;
    private final Consumer<String> progress;
    private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();
    private final ExecutorService threads;

    public RespReads(Plan plan, Consumer<String> progress) {
        this.plan = plan;
        this.progress = progress;
        this.threads = Executors.newFixedThreadPool(plan.connections());
    }

    /** Measures everything, round by round. */
    public Report run() {
        Path jar = subscriberJar();
        try (RedisProcess redis = RedisProcess.start();
                FaultProxy network = FaultProxy.to("127.0.0.1", redis.uri().getPort());
                Sidecar near = new Sidecar(jar, redis.uri());
                Sidecar far = new Sidecar(jar, URI.create(network.redisUri()));
                NearCaches caches = new NearCaches(redis.uri(), progress)) {
            network.latency(FAR_LATENCY);
            String machine = Machine.line(redis.version());
            int direct = redis.uri().getPort();
            store(direct);
            progress.accept("warming up");
            round(direct, near.port, caches, plan.warmUp());
            far(network.port(), far.port, direct, plan.warmUp());
            values.clear();
            for (int round = 1; round <= plan.rounds(); round++) {
                progress.accept("round " + round + " of " + plan.rounds());
                round(direct, near.port, caches, plan.time());
                far(network.port(), far.port, direct, plan.time());
            }
            return new Report(NAME, machine, figures());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            threads.shutdownNow();
        }
    }

    private static Path subscriberJar() {
        return Checkout.builtJar("subscriber")
                .orElseThrow(() -> new IllegalStateException(
                        "The subscriber's jar is missing. Build it: mvn -DskipTests -pl subscriber -am package"));
    }

    /** A subscriber with the image's flags, and its RESP port. */
    private static final class Sidecar implements AutoCloseable {
        private final int port = LoopbackPorts.free();
        private final ServiceProcess process;

        Sidecar(Path jar, URI redis) {
            process = ServiceProcess.startReady(
                    jar,
                    LaunchFlags.subscriber(),
                    List.of(
                            "--set", "regions.users.maximum-entries=10000",
                            "--set", "resp.port=" + port,
                            "--set", "resp.rules.users.pattern=user:*",
                            "--set", "resp.rules.users.region=users"),
                    redis);
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static void store(int port) {
        try (Jedis redis = new Jedis("127.0.0.1", port)) {
            redis.set(HOT, "v".repeat(VALUE_BYTES));
            redis.set(NO_RULE, "v".repeat(VALUE_BYTES));
        }
    }

    private void round(int direct, int sidecar, NearCaches caches, Duration time) throws IOException {
        byte[] hot = RawRedis.command(1, "GET", HOT);
        byte[] other = RawRedis.command(1, "GET", NO_RULE);
        byte[] set = RawRedis.command(1, "SET", "user:7", "v".repeat(VALUE_BYTES));
        for (Map.Entry<String, Integer> server :
                Map.of(REDIS, direct, SIDECAR, sidecar).entrySet()) {
            String who = server.getKey();
            int port = server.getValue();
            add(HIT, who, p50Micros(port, hot, GET_ANSWER, time));
            add(FORWARDED, who, p50Micros(port, other, GET_ANSWER, time));
            add(SET, who, p50Micros(port, set, OK_ANSWER, time));
            add(RATE, who, perSecond(port, plan.connections(), 1, time));
            add(PIPELINES, who, perSecond(port, plan.connections(), PIPELINE, time));
        }
        for (Map.Entry<String, Callable<?>> cache : caches.reads(HOT).entrySet()) {
            add(HIT, cache.getKey(), p50Micros(cache.getValue(), time));
        }
        caches.node().p50Micros(HOT, time).ifPresent(micros -> add(HIT, NODE, micros));
    }

    private void far(int network, int sidecar, int direct, Duration time) throws IOException {
        byte[] hot = RawRedis.command(1, "GET", HOT);
        add(FAR, REDIS, p50Micros(network, hot, GET_ANSWER, time));
        add(COMMANDS, REDIS, 100);
        try (Jedis redis = new Jedis("127.0.0.1", direct)) {
            long before = calls(redis);
            add(FAR, SIDECAR, p50Micros(sidecar, hot, GET_ANSWER, time));
            add(COMMANDS, SIDECAR, Math.max(MIN_PERCENT, 100.0 * (calls(redis) - before) / lastReads));
        }
    }

    /** Returns how many times Redis was asked for a value. */
    private static long calls(Jedis redis) {
        return redis.info("commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_get:") || line.startsWith("cmdstat_getrange:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*calls=(\\d+),.*", "$1")))
                .sum();
    }

    private long lastReads;

    private double p50Micros(int port, byte[] command, int answerBytes, Duration time) throws IOException {
        try (RawRedis connection = new RawRedis(port)) {
            return p50Micros(
                    () -> {
                        connection.run(command, answerBytes);
                        return "";
                    },
                    time);
        }
    }

    private double p50Micros(Callable<?> read, Duration time) throws IOException {
        long[] nanos = new long[1 << 20];
        int count = 0;
        long until = System.nanoTime() + time.toNanos();
        try {
            for (long began = System.nanoTime(); began < until && count < nanos.length; ) {
                read.call();
                long ended = System.nanoTime();
                nanos[count++] = ended - began;
                began = ended;
            }
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        lastReads = count;
        Arrays.sort(nanos, 0, count);
        return nanos[count / 2] / 1e3;
    }

    private double perSecond(int port, int connections, int batch, Duration time) {
        byte[] commands = RawRedis.command(batch, "GET", HOT);
        List<Future<Long>> reads = new ArrayList<>();
        long began = System.nanoTime();
        long until = began + time.toNanos();
        for (int i = 0; i < connections; i++) {
            reads.add(threads.submit(() -> {
                long count = 0;
                try (RawRedis connection = new RawRedis(port)) {
                    while (System.nanoTime() < until) {
                        connection.run(commands, batch * GET_ANSWER);
                        count += batch;
                    }
                }
                return count;
            }));
        }
        long all = 0;
        try {
            for (Future<Long> one : reads) {
                all += one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return all / ((System.nanoTime() - began) / 1e9);
    }

    private void add(String measure, String who, double value) {
        values.computeIfAbsent(measure, absent -> new LinkedHashMap<>())
                .computeIfAbsent(who, absent -> new ArrayList<>())
                .add(value);
    }

    private List<Figure> figures() {
        List<Figure> figures = new ArrayList<>();
        values.forEach((measure, byWho) -> byWho.forEach((who, rounds) -> {
            String unit = measure.endsWith("p50") ? "µs" : measure.equals(COMMANDS) ? "%" : "/s";
            figures.add(new Figure(measure, who, unit, rounds));
        }));
        return figures;
    }
}
