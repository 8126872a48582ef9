package dev.freshet.e2e.console;

import dev.freshet.e2e.tool.Http;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.LoopbackPorts;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A publisher with its console, and three subscribers, each a process. */
final class Fleet implements AutoCloseable {

    /** May do everything. */
    static final String OPERATOR = "operator-of-the-console";

    /** May look at the region "users" only. */
    static final String ONLOOKER = "onlooker-of-the-console";

    private static final String SUBSCRIBER = """
            regions:
              users: { maximum-entries: 1000, expire-after-write: 10m }
              orders: { maximum-entries: 1000 }
            """;

    private final Path folder;
    private final RedisServer redis = RedisServer.started();
    private final int consolePort = LoopbackPorts.free();
    private final ServiceProcess publisher;
    private final List<ServiceProcess> subscribers = new ArrayList<>();

    private Fleet(Path folder) throws IOException {
        this.folder = folder;
        Path tokens = Files.writeString(
                folder.resolve("tokens"),
                line("operator", OPERATOR, "* *") + line("onlooker", ONLOOKER, "read,members users"));
        String yaml = """
                name: shop
                broad: { maximum-entries: 10 }
                console: { port: %d, tokens-file: %s, show-keys: [users] }
                regions: [users, orders]
                audit: { sample: 1, after: [1s] }
                """.formatted(consolePort, tokens);
        publisher = ServiceProcess.start("publisher", folder, "publisher", yaml, redis.uri());
    }

    static Fleet start(Path folder) throws IOException {
        Fleet fleet = new Fleet(folder);
        for (int number = 1; number <= 3; number++) {
            fleet.subscribers.add(fleet.subscriber(number));
        }
        fleet.publisher.awaitReady();
        fleet.subscribers.forEach(ServiceProcess::awaitReady);
        return fleet;
    }

    private ServiceProcess subscriber(int number) {
        return ServiceProcess.start(
                "subscriber", folder, "r" + number, "name: r" + number + "\n" + SUBSCRIBER, redis.uri());
    }

    private static String line(String name, String token, String rights) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return name + " sha256:" + HexFormat.of().formatHex(hash) + " " + rights + "\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the console's address for who has a token. */
    String console(String token) {
        return "http://127.0.0.1:" + consolePort + "/#token=" + token;
    }

    /** Returns what can hold up the console's answers. */
    FaultProxy proxyOfConsole() {
        return FaultProxy.to("127.0.0.1", consolePort);
    }

    /** Kills a subscriber; the numbers begin with 1. */
    void kill(int number) {
        subscribers.get(number - 1).kill();
    }

    void startAgain(int number) {
        subscribers.set(number - 1, subscriber(number).awaitReady());
    }

    /** Stores a value at every subscriber. */
    void store(String region, String key, String tags) {
        for (ServiceProcess subscriber : subscribers) {
            URI entry = subscriber.at("/v1/regions/" + region + "/entries/" + key);
            String lease = Http.send(HttpRequest.newBuilder(entry))
                    .headers()
                    .firstValue("Lease")
                    .orElseThrow();
            HttpResponse<String> stored = Http.send(HttpRequest.newBuilder(entry)
                    .header("Lease", lease)
                    .header("Cache-Tag", tags)
                    .PUT(BodyPublishers.ofString("secret value")));
            if (stored.statusCode() != 204) {
                throw new AssertionError(stored.statusCode() + " " + stored.body());
            }
        }
    }

    /** Publishes through the data port. */
    void publish(String body) {
        Http.publish(publisher, body);
    }

    /** Publishes some records a second until it is closed. */
    Traffic traffic() {
        return new Traffic();
    }

    final class Traffic implements AutoCloseable {

        private final AtomicInteger published = new AtomicInteger();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final CompletableFuture<Void> end = Background.run(() -> {
            while (!isOver.get()) {
                publish("{\"region\":\"users\",\"keys\":[\"user:" + published.incrementAndGet() + "\"]}");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(60));
            }
        });

        int published() {
            return published.get();
        }

        @Override
        public void close() {
            isOver.set(true);
            end.join();
        }
    }

    @Override
    public void close() {
        subscribers.forEach(ServiceProcess::close);
        publisher.close();
        redis.close();
    }
}
