package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/** Sidecars with their clients before one Redis, and a program that writes to it directly. Runs faults, and checks every promise. */
final class RespFaultRun implements AutoCloseable {

    static final String HEAD = """
            | fault of the RESP port | longest served stale, s | recovered after, s | copies checked | own writes read |
            | --- | --- | --- | --- | --- |
            """;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final int KEYS = 200;
    private static final Map<RespFault, String> ROWS = new EnumMap<>(RespFault.class);

    private final Size size;
    private final Path folder;
    private final Supplier<RedisServer> master;
    private final Source source = new Source(KEYS);
    private final RespWriter writer;
    private final List<ServiceProcess> sidecars = new ArrayList<>();
    private final List<RespClients> clients = new ArrayList<>();

    /** Starts a sidecar for each address of Redis, and waits until all answer from copies. */
    RespFaultRun(Size size, String name, Supplier<RedisServer> master, List<String> redisUris) throws IOException {
        this.size = size;
        this.master = master;
        this.folder = Files.createDirectories(
                Checkout.file("modules/e2e/target/faults").resolve(name));
        this.writer = new RespWriter(source, master);
        for (String uri : redisUris) {
            int port = LoopbackPorts.free();
            String sidecar = "sidecar-" + (sidecars.size() + 1);
            sidecars.add(ServiceProcess.start(
                    "subscriber", folder, sidecar, size.subscriberYaml(sidecar, "users") + """
                            resp: { port: %d, rules: { users: { pattern: "user:*", region: users } } }
                            """.formatted(port), uri));
            clients.add(new RespClients(sidecar, port, source, new ConfirmationCheck(size.bound())));
        }
        sidecars.forEach(ServiceProcess::awaitReady);
    }

    ServiceProcess sidecar(int number) {
        return sidecars.get(number);
    }

    RespClients clients(int number) {
        return clients.get(number);
    }

    RespWriter writer() {
        return writer;
    }

    Path folder() {
        return folder;
    }

    /** Waits for as long as a fault lasts. */
    void hold() {
        hold(size.faultTime());
    }

    static void hold(Duration time) {
        await().pollDelay(time).atMost(LONGEST_WAIT).until(() -> true);
    }

    /** Runs a fault, which is over when the injection returns; checks every promise, and adds a row to the table. */
    void run(RespFault fault, FaultRun.Injection injection) throws Exception {
        fill();
        clients.forEach(one -> one.start(KEYS, fault.allowance()));
        writer.start(KEYS / 2);
        awaitCopies(fault);

        injection.run();
        long healedNanos = System.nanoTime();
        await(fault + ": a write is acknowledged")
                .atMost(LONGEST_WAIT)
                .pollInterval(POLL)
                .until(() -> writer.acknowledgedRequestNanos() - healedNanos >= 0);
        awaitConfirmedAsOf(fault, healedNanos);
        Duration recovery = Duration.ofNanos(System.nanoTime() - healedNanos);
        awaitCopies(fault);
        writer.stop();
        awaitConfirmedAsOf(fault, System.nanoTime());

        judge(fault, recovery);
    }

    private void judge(RespFault fault, Duration recovery) throws Exception {
        long longestStaleNanos = 0;
        long copies = 0;
        long ownWrites = 0;
        for (RespClients one : clients) {
            assertThat(one.stop())
                    .as("%s: answers that were not what they claimed (logs in %s)", fault, folder)
                    .isEmpty();
            assertThat(one.stale(KEYS)).as("%s: stale after it is over", fault).isEmpty();
            longestStaleNanos = Math.max(longestStaleNanos, one.longestStaleNanos());
            copies += one.copies();
            ownWrites += one.ownWrites();
        }
        assertThat(longestStaleNanos)
                .as("%s: the longest time that a copy was served stale, in nanoseconds", fault)
                .isLessThanOrEqualTo(size.bound().plus(fault.allowance()).toNanos());
        assertThat(ownWrites).as("%s: own writes that were read", fault).isGreaterThan(size.entries() / 10);
        add(fault, longestStaleNanos, recovery, copies, ownWrites);
    }

    private void fill() {
        RedisServer redis = master.get();
        try (Jedis direct = new Jedis(redis.host(), redis.port());
                Pipeline pipeline = direct.pipelined()) {
            for (int number = 0; number < KEYS; number++) {
                Source.Value value = source.read(number);
                pipeline.set(value.key(), new String(value.encode(), StandardCharsets.US_ASCII));
            }
        }
    }

    private void awaitCopies(RespFault fault) {
        List<Long> before = clients.stream().map(RespClients::copies).toList();
        await(fault + ": more copies are read at each sidecar")
                .atMost(LONGEST_WAIT)
                .pollInterval(POLL)
                .until(() -> {
                    for (int i = 0; i < before.size(); i++) {
                        if (clients.get(i).copies() - before.get(i) < size.minHitsAFault() / 2) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    private void awaitConfirmedAsOf(RespFault fault, long nanos) {
        for (RespClients one : clients) {
            await(fault + ": copies are confirmed again")
                    .atMost(LONGEST_WAIT)
                    .pollInterval(POLL)
                    .until(() -> one.confirmedAsOfNanos() - nanos >= 0);
        }
    }

    private static synchronized void add(
            RespFault fault, long longestStaleNanos, Duration recovery, long copies, long ownWrites)
            throws IOException {
        String row = String.format(
                Locale.ROOT,
                "| %s | %.2f | %.2f | %,d | %,d |",
                fault.title(),
                longestStaleNanos / 1e9,
                recovery.toNanos() / 1e9,
                copies,
                ownWrites);
        ROWS.put(fault, row);
        System.out.println(row);
        Path file = Files.createDirectories(Checkout.file("modules/e2e/target")).resolve("resp-faults.md");
        Files.writeString(file, HEAD + String.join("\n", ROWS.values()) + "\n");
    }

    @Override
    public void close() {
        writer.close();
        clients.forEach(RespClients::close);
        sidecars.forEach(ServiceProcess::close);
    }
}
