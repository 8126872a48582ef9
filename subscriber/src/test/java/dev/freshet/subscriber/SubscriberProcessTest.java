package dev.freshet.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.patience.Patient;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The sidecar as a separate process. */
class SubscriberProcessTest {

    private static final Pattern PORTS = Pattern.compile("takes requests at port (\\d+), management at port (\\d+);");

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private @Nullable Process process;

    @AfterEach
    void kill() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    @Test
    void onSigtermReadinessFallsFirstRequestsFinishAndItLeaves() throws Exception {
        Process started = start("""
                redis: { uri: "%s", connect-timeout: 20s, command-timeout: 20s }
                http: { port: 0, min-position-wait: 30s }
                management: { host: 127.0.0.1, port: 0 }
                shutdown: { delay: 5s, timeout: 60s }
                regions: { users: {} }
                """.formatted(redis.uri()));
        Matcher ports = await().until(() -> PORTS.matcher(output()), Matcher::find);
        RawHttp http = new RawHttp(Integer.parseInt(ports.group(1)));
        RawHttp management = new RawHttp(Integer.parseInt(ports.group(2)));
        await().until(() -> management.get("/health/ready").status() == 200);

        try (Publisher publisher = Publisher.connect(Patient.publisher(redis.uri()))) {
            await().until(publisher::isConnected);
            Receipt receipt = publisher.publish("users", Change.ofKeys("k")).get(60, TimeUnit.SECONDS);
            String beyond =
                    receipt.position().at(receipt.position().sequence() + 1).toString();
            CompletableFuture<Answer> inFlight =
                    Background.call(() -> http.get("/v1/regions/users/entries/k", "Min-Position", beyond));
            await().until(() -> management.get("/metrics").text().contains("freshet_waiting_reads 1.0"));

            started.destroy();
            await().pollInterval(Duration.ofMillis(20))
                    .until(() -> management.get("/health/ready").status() == 503);
            assertThat(http.get("/v1/regions/users/entries/k").status())
                    .as("still served while load balancers notice")
                    .isEqualTo(404);
            publisher.publish("users", Change.ofKeys("k")).get(60, TimeUnit.SECONDS);
            assertThat(inFlight.get(60, TimeUnit.SECONDS).status())
                    .as("answered, not cut off")
                    .isEqualTo(404);
            assertThat(started.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(started.exitValue()).isZero();
            assertThat(publisher.region("users").get(60, TimeUnit.SECONDS).members())
                    .isEmpty();
        }
    }

    /** 240 MB of values in a heap of 64 MiB: by itself, a region keeps what half of the heap has room for. */
    @Test
    void withoutALimitARegionKeepsWhatItsHeapHasRoomFor() throws Exception {
        int values = 1_200;
        Process started = start("""
                redis: { uri: "%s", connect-timeout: 20s, command-timeout: 20s }
                http: { port: 0, maximum-connections: 9 }
                management: { host: 127.0.0.1, port: 0 }
                regions: { users: { unleased-stores: accept, unconfirmed: { policy: serve, after: 60s } } }
                """.formatted(redis.uri()), "-Xmx64m");
        Matcher ports = await().until(() -> PORTS.matcher(output()), Matcher::find);
        int port = Integer.parseInt(ports.group(1));
        RawHttp management = new RawHttp(Integer.parseInt(ports.group(2)));
        await().until(() -> management.get("/health/ready").status() == 200);

        String value = "x".repeat(200_000);
        try (RawConnection connection = RawConnection.to(port)) {
            for (int i = 0; i < values; i++) {
                String request = "PUT /v1/regions/users/entries/k" + i
                        + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + value.length() + "\r\n\r\n" + value;
                assertThat(connection.send(request).read().status())
                        .as("value " + i)
                        .isEqualTo(204);
            }
        }

        RawHttp http = new RawHttp(port);
        Matcher size = Pattern.compile("\"size\":(\\d+)")
                .matcher(http.get("/v1/regions/users").text());
        assertThat(size.find()).isTrue();
        assertThat(Integer.parseInt(size.group(1))).isBetween(50, 300);
        assertThat(started.isAlive()).isTrue();
        assertThat(output())
                .contains("at most 9 connections at the data port; the heap has 6")
                .containsPattern("region users holds at most 3\\d{7} bytes and 100000 entries");
    }

    @Test
    void bodiesThatDoNotEndLeaveRoomForOthersInASmallHeap() throws Exception {
        Process started = start("""
                redis: { uri: "%s", connect-timeout: 20s, command-timeout: 20s }
                http: { port: 0, request-timeout: 10m }
                management: { host: 127.0.0.1, port: 0 }
                regions: { users: {} }
                """.formatted(redis.uri()), "-Xmx64m", "-XX:+ExitOnOutOfMemoryError");
        Matcher ports = await().until(() -> PORTS.matcher(output()), Matcher::find);
        int port = Integer.parseInt(ports.group(1));
        RawHttp http = new RawHttp(port);
        RawHttp management = new RawHttp(Integer.parseInt(ports.group(2)));
        String entry = "/v1/regions/users/entries/k";
        List<RawConnection> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                slow.add(RawConnection.to(port)
                        .send("POST /v1/regions/users/entries:batchGet HTTP/1.1\r\nHost: x\r\n"
                                + "Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n{"));
            }
            await().until(() -> management.get("/metrics").text().contains("freshet_http_body_bytes 40.0"));
            String lease = http.get(entry).required("Lease");
            slow.forEach(connection -> connection.send(" ".repeat(3_999_998)));
            assertThat(http.put(entry, "value", "Lease", lease).status()).isEqualTo(204);
            assertThat(management.get("/metrics").text()).doesNotContain("freshet_http_refused_bodies_total 0.0");
        } finally {
            slow.forEach(RawConnection::close);
        }
        await().until(() -> management.get("/metrics").text().contains("freshet_http_body_bytes 0.0"));
        assertThat(http.get(entry).text()).isEqualTo("value");
        assertThat(started.isAlive()).isTrue();
    }

    @Test
    void aFaultyConfigurationNamesEveryFaultAndStartsNothing() throws Exception {
        Process started = start("http: { port: 99999 }\nregions: { Users: { maximum-entrys: 1 } }\n");
        assertThat(started.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(started.exitValue()).isEqualTo(2);
        assertThat(output()).contains("http.port", "regions.Users:", "regions.Users.maximum-entrys");
    }

    private Process start(String configuration, String... jvmFlags) throws IOException {
        Path file = Files.writeString(folder.resolve("freshet.yaml"), configuration);
        List<String> command = new ArrayList<>(List.of(ChildProcess.java()));
        command.addAll(List.of(jvmFlags));
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                SubscriberMain.class.getName(),
                "--config",
                file.toString()));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        process = started;
        return started;
    }

    private String output() throws IOException {
        return Files.readString(folder.resolve("output"));
    }
}
