package dev.freshet.e2e.prometheus;

import static org.awaitility.Awaitility.await;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.LoopbackPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real Prometheus with its own database. It scrapes the given targets once a second. */
final class PrometheusServer implements AutoCloseable {
    private final Process process;
    private final URI address;
    private final HttpClient http = HttpClient.newHttpClient();

    /** A target: a port of this host, and the labels that a PodMonitor would give its series. */
    record Target(int port, String pod, String container) {}

    private PrometheusServer(Process process, int port) {
        this.process = process;
        this.address = URI.create("http://127.0.0.1:" + port);
    }

    /** Starts a Prometheus. Skips the test if the program is missing. */
    static PrometheusServer start(Path folder, List<Target> targets) throws IOException {
        HostTool prometheus = HostTool.require("prometheus");
        StringBuilder config = new StringBuilder("""
                global: {scrape_interval: 1s, scrape_timeout: 1s}
                scrape_configs:
                - job_name: freshet
                  static_configs:
                """);
        for (Target target : targets) {
            config.append("""
                      - targets: ['127.0.0.1:%d']
                        labels: {namespace: e2e, pod: %s, container: %s}
                    """.formatted(target.port(), target.pod(), target.container()));
        }
        Path file = Files.writeString(folder.resolve("prometheus.yml"), config);
        HostTool.find("promtool").ifPresent(promtool -> HostTool.run(
                        folder, List.of(promtool.toString(), "check", "config", file.toString()))
                .expectSuccess());
        // Prometheus cannot choose a port itself and say which.
        int port = LoopbackPorts.free();
        Process process = new ProcessBuilder(
                        prometheus.program().toString(),
                        "--config.file=" + file,
                        "--storage.tsdb.path=" + folder.resolve("prometheus-data"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("prometheus.log").toFile())
                .start();
        PrometheusServer server = new PrometheusServer(process, port);
        try {
            await("Prometheus is ready")
                    .atMost(Duration.ofMinutes(3))
                    .ignoreExceptions()
                    .until(() -> server.get("/-/ready").statusCode() == 200);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** Returns the series that an expression gives now. A faulty expression fails the test. */
    JsonArray query(String expression) {
        HttpResponse<String> answer =
                get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        JsonObject json = JsonParser.parseString(answer.body()).getAsJsonObject();
        if (!json.get("status").getAsString().equals("success")) {
            throw new AssertionError(expression + "\n" + answer.body());
        }
        return json.getAsJsonObject("data").getAsJsonArray("result");
    }

    private HttpResponse<String> get(String path) {
        try {
            return http.send(
                    HttpRequest.newBuilder(address.resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        ChildProcess.end(process);
    }
}
