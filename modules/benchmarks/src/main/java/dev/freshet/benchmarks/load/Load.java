package dev.freshet.benchmarks.load;

import dev.freshet.benchmarks.process.LaunchFlags;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Loads a publisher and a subscriber, and prints what they use at the beginning and at the end of each phase, with all answers. This
 * process needs as many file descriptors as it opens connections.
 */
public final class Load {

    /**
     * How much.
     *
     * @param connections of mixed traffic: four of five read and store, one of five publishes
     * @param invalidationsPerSecond over all publishing connections
     * @param time how long the mixed traffic lasts
     * @param idleConnections connections that only stand
     * @param publishesAtFrozenRedis publishes, each over a connection of its own, while Redis does not answer
     */
    public record Plan(
            int connections,
            int invalidationsPerSecond,
            Duration time,
            int idleConnections,
            int publishesAtFrozenRedis) {

        /** Returns a plan that shows only whether it works. */
        public static Plan smoke() {
            return new Plan(10, 50, Duration.ofSeconds(1), 20, 5);
        }
    }

    private static final int KEYS = 10_000;
    private static final String VALUE = "{\"id\":42,\"name\":\"Ada Lovelace\",\"team\":7,\"since\":\"2026-01-01\"}";
    private static final String ENTRIES = "/v1/regions/users/entries/user:";

    private final Plan plan;
    private final Consumer<String> out;
    private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
    private long faults;

    public Load(Plan plan, Consumer<String> out) {
        this.plan = plan;
        this.out = out;
    }

    /**
     * Runs all phases. Returns how many requests had no answer, or an answer that only a fault explains; a process that holds more
     * descriptors or threads at the end than after the warm-up counts too, and a gap or a reset under the mixed traffic.
     */
    public long run() throws IOException, InterruptedException {
        int room = plan.idleConnections() + plan.connections() + 100;
        List<String> connections =
                List.of("--set", "http.maximum-connections=" + room, "--set", "http.idle-timeout=10m");
        List<String> ofRegion = new ArrayList<>(connections);
        ofRegion.addAll(List.of("--set", "regions.users.maximum-entries=" + KEYS));
        try (RedisProcess redis = RedisProcess.start();
                ServiceProcess publisher =
                        ServiceProcess.startReady(jar("publisher"), List.of(), connections, redis.uri());
                ServiceProcess subscriber =
                        ServiceProcess.startReady(jar("subscriber"), LaunchFlags.subscriber(), ofRegion, redis.uri())) {
            List<ServiceProcess> both = List.of(publisher, subscriber);
            phase(
                    "warm-up",
                    both,
                    () -> mixed(publisher.port(), subscriber.port(), plan.time().dividedBy(6)));
            Usage ofPublisher = Usage.of(publisher);
            Usage ofSubscriber = Usage.of(subscriber);
            phase(
                    "mixed: " + plan.connections() + " connections, " + plan.invalidationsPerSecond()
                            + " invalidations a second, " + plan.time(),
                    both,
                    () -> mixed(publisher.port(), subscriber.port(), plan.time()));
            if (Usage.of(subscriber).gapsAndResets() > ofSubscriber.gapsAndResets()) {
                out.accept("   GAPS or resets, though nothing failed");
                count("gaps or resets", true);
            }
            phase("idle: " + plan.idleConnections() + " connections", both, () -> idle(subscriber.port(), both));
            phase(
                    "frozen Redis: " + plan.publishesAtFrozenRedis() + " publishes",
                    both,
                    () -> frozen(redis, publisher.port()));
            phase(
                    "after all: the mixed traffic again",
                    both,
                    () -> mixed(publisher.port(), subscriber.port(), plan.time().dividedBy(6)));
            requireFlat(publisher, ofPublisher);
            requireFlat(subscriber, ofSubscriber);
        }
        return faults;
    }

    private static Path jar(String application) {
        return Checkout.builtJar(application)
                .orElseThrow(() -> new IllegalStateException("The " + application
                        + "'s jar is missing. Build it: mvn -DskipTests -pl publisher,subscriber -am package"));
    }

    private interface Phase {
        void run() throws IOException, InterruptedException;
    }

    private void phase(String name, List<ServiceProcess> processes, Phase phase)
            throws IOException, InterruptedException {
        out.accept("== " + name);
        processes.forEach(process -> print("begin", process));
        answers.clear();
        phase.run();
        processes.forEach(process -> print("end  ", process));
        out.accept("   answers: " + new TreeMap<>(answers));
    }

    private void print(String when, ServiceProcess process) {
        out.accept(String.format(Locale.ROOT, "   %s %-10s %s", when, nameOf(process), Usage.of(process)));
    }

    private static String nameOf(ServiceProcess process) {
        return process.metrics().contains("freshet_publisher_queue_invalidations") ? "publisher" : "subscriber";
    }

    /** What was opened for the traffic is to be closed again; that may take a moment. */
    private void requireFlat(ServiceProcess process, Usage before) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (Usage.of(process).hasGrownSince(before) && System.nanoTime() < deadline) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
        if (Usage.of(process).hasGrownSince(before)) {
            out.accept("   GROWN: " + nameOf(process) + " began with " + before);
            count("growth of " + nameOf(process), true);
        }
    }

    private void count(String what, boolean isFault) {
        answers.computeIfAbsent(what, first -> new LongAdder()).increment();
        if (isFault) {
            synchronized (this) {
                faults++;
            }
        }
    }

    // --- mixed traffic

    private void mixed(int publisherPort, int subscriberPort, Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        int publishing = Math.max(1, plan.connections() / 5);
        long pauseNanos = TimeUnit.SECONDS.toNanos(1) * publishing / plan.invalidationsPerSecond();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < plan.connections(); i++) {
            boolean publishes = i < publishing;
            threads.add(new Thread(
                    () -> {
                        if (publishes) {
                            publish(publisherPort, pauseNanos, end);
                        } else {
                            readAndStore(subscriberPort, end);
                        }
                    },
                    "load-" + i));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void publish(int port, long pauseNanos, long end) {
        try (HttpConnection connection = new HttpConnection(port)) {
            for (long next = System.nanoTime(); System.nanoTime() < end; next += pauseNanos) {
                LockSupport.parkNanos(next - System.nanoTime());
                int status = publishOne(connection);
                count("publish " + status, status != 200);
            }
        } catch (IOException e) {
            count("publish " + e, true);
        }
    }

    private static int publishOne(HttpConnection connection) throws IOException {
        String change = "{\"region\":\"users\",\"keys\":[\"user:" + anyKey() + "\"]}";
        return connection
                .send("POST", "/v1/invalidations", "Content-Type: application/json\r\n", change)
                .status();
    }

    private void readAndStore(int port, long end) {
        try (HttpConnection connection = new HttpConnection(port)) {
            while (System.nanoTime() < end) {
                String path = ENTRIES + anyKey();
                HttpConnection.Answer read = connection.send("GET", path, "", "");
                count("read " + read.status(), read.status() != 200 && read.status() != 404);
                if (read.status() == 404) {
                    int stored = connection
                            .send("PUT", path, "Lease: " + read.lease() + "\r\n", VALUE)
                            .status();
                    count("store " + stored, stored != 204 && stored != 409);
                }
            }
        } catch (IOException e) {
            count("read or store " + e, true);
        }
    }

    private static int anyKey() {
        return ThreadLocalRandom.current().nextInt(KEYS);
    }

    // --- idle connections

    private void idle(int port, List<ServiceProcess> processes) throws IOException {
        List<HttpConnection> open = new ArrayList<>();
        try {
            for (int i = 0; i < plan.idleConnections(); i++) {
                open.add(new HttpConnection(port));
            }
            processes.forEach(process -> print("full ", process));
            try (HttpConnection other = new HttpConnection(port)) {
                int status = other.send("GET", ENTRIES + "1", "", "").status();
                count("read beside them " + status, status >= 500);
            }
        } catch (IOException e) {
            count("connect or read: " + e, true);
        } finally {
            for (HttpConnection connection : open) {
                connection.close();
            }
        }
    }

    // --- a Redis that does not answer

    private void frozen(RedisProcess redis, int port) throws InterruptedException {
        AtomicLong longestNanos = new AtomicLong();
        redis.freeze();
        try {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < plan.publishesAtFrozenRedis(); i++) {
                threads.add(new Thread(() -> {
                    long since = System.nanoTime();
                    try (HttpConnection connection = new HttpConnection(port)) {
                        int status = publishOne(connection);
                        count("publish " + status, status != 503);
                    } catch (IOException e) {
                        count("publish " + e, true);
                    }
                    longestNanos.accumulateAndGet(System.nanoTime() - since, Math::max);
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        } finally {
            redis.thaw();
        }
        out.accept("   longest answer: " + TimeUnit.NANOSECONDS.toMillis(longestNanos.get()) + " ms");
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int status = 0;
        while (status != 200 && System.nanoTime() < deadline) {
            try (HttpConnection connection = new HttpConnection(port)) {
                status = publishOne(connection);
            } catch (IOException e) {
                count("publish afterwards " + e, true);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        count("publish afterwards " + status, status != 200);
    }
}
