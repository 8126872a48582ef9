package dev.freshet.publisher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the publisher as a process: what it prints, and its exit code. */
final class PublisherProcessTest {

    private static final Pattern STARTED = Pattern.compile("takes requests at port (\\d+), management at port (\\d+);");
    private static final Duration LONG = Duration.ofSeconds(60);

    @Test
    void aFaultyConfigurationNamesEveryFaultAndStartsNothing(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("bad.yaml"), """
                http: { port: 99999, hots: 127.0.0.1 }
                redis: { uri: "redis://:hunter2@one,two" }
                log: { maximum-records: many }
                """);

        Ended ended = run(
                folder,
                Map.of("FRESHET_AWAIT_TIMEOUT", "soon", "FRESHET_QUEUE_MAXIMUM_BITES", "1"),
                "--config",
                file.toString(),
                "--wait-replicas=-1",
                "--wiat-timeout=1s");

        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.output().lines())
                .containsExactly(
                        "freshet-publisher: the configuration has 8 faults; nothing was started",
                        "  --wiat-timeout: is not a flag; did you mean --wait-timeout?",
                        "  FRESHET_QUEUE_MAXIMUM_BITES: does not name a setting; did you mean"
                                + " FRESHET_QUEUE_MAXIMUM_BYTES? (from the environment)",
                        "  redis.uri: must name one server; several go with redis-sentinel:// or redis-cluster://"
                                + " (from bad.yaml, line 2)",
                        "  log.maximum-records: must be 1 to 1000000000, not \"many\" (from bad.yaml, line 3)",
                        "  wait.replicas: must be 0 to 100, not -1 (from flag --wait-replicas)",
                        "  await.timeout: must be a duration like 500ms, 2s, 10m or PT0.5S, not \"soon\""
                                + " (from environment FRESHET_AWAIT_TIMEOUT)",
                        "  http.port: must be 0 to 65535, not 99999 (from bad.yaml, line 1)",
                        "  http.hots: is not a setting; did you mean http.host? (from bad.yaml, line 1)");
    }

    @Test
    void aConfigurationCanBeCheckedWithoutStarting(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("good.yaml"), "regions: [users, orders]\n");

        Ended ended = run(folder, Map.of("FRESHET_CONFIG", file.toString()), "--check-config");

        assertThat(ended.output().strip()).isEqualTo("configuration is valid");
        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void withoutRedisItStartsAndLivesAndOnSigtermItStopsInOrder(@TempDir Path folder) throws Exception {
        Path output = folder.resolve("output");
        Process process = start(
                output,
                Map.of("FRESHET_HTTP_PORT", "0", "FRESHET_MANAGEMENT_PORT", "0"),
                "--redis-uri",
                "redis://:hunter2@127.0.0.1:1",
                "--queue-maximum-bytes=2MiB",
                "--log-maximum-regions=77",
                "--http-maximum-connections=9",
                "--shutdown-delay=100ms");
        try {
            Matcher started = STARTED.matcher("");
            await().atMost(LONG)
                    .until(() -> started.reset(Files.readString(output)).find());
            String management = "http://127.0.0.1:" + started.group(2);

            assertThat(status(management + "/health/live")).isEqualTo(200);
            assertThat(status(management + "/health/started")).isEqualTo(200);
            assertThat(status(management + "/health/ready")).isEqualTo(503);
            assertThat(status("http://127.0.0.1:" + started.group(1) + "/v1/regions"))
                    .isEqualTo(503);

            process.destroy(); // SIGTERM
            assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(Files.readString(output))
                    .contains(
                            "requests in flight hold at most 2097152 bytes (queue.maximum-bytes);"
                                    + " at most 77 regions (log.maximum-regions)",
                            "at most 9 connections at the data port; the heap has ",
                            "freshet-publisher has stopped")
                    .doesNotContain("hunter2");
        } finally {
            process.destroyForcibly();
        }
    }

    private record Ended(int exitCode, String output) {}

    private static Ended run(Path folder, Map<String, String> environment, String... flags) throws Exception {
        Path output = folder.resolve("output");
        Process process = start(output, environment, flags);
        try {
            assertThat(process.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            return new Ended(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(Path output, Map<String, String> environment, String... flags) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(
                ChildProcess.java(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                PublisherMain.class.getName()));
        command.addAll(List.of(flags));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("FRESHET_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static int status(String uri) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(URI.create(uri)).build(), BodyHandlers.discarding())
                .statusCode();
    }
}
