package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.ChildProcess;
import dev.freshet.testkit.LoopbackPorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process of {@code examples/shop}, with its own line of settings beside those in its jar. */
final class ShopReplica implements AutoCloseable {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(LONG).build();
    private final int port = LoopbackPorts.free();
    private final Path log;
    private final Process process;

    ShopReplica(Path jar, Path log, String... settings) throws IOException {
        this.log = log;
        List<String> command = new ArrayList<>(List.of(
                ChildProcess.java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "--server.address=127.0.0.1",
                "--server.port=" + port));
        command.addAll(List.of(settings));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    /** Returns whether the whole application, and Freshet in it, say that they are up. */
    boolean isUp() throws IOException {
        assertThat(process.isAlive()).as(() -> "alive; its log: " + log()).isTrue();
        try {
            return get("/actuator/health/freshet").contains("\"status\":\"UP\"");
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Returns an answer's body; of 404 too. */
    String get(String path) throws IOException {
        return send(HttpRequest.newBuilder(at(path)).timeout(LONG).build()).body();
    }

    String product(int id) throws IOException {
        return get("/products/" + id);
    }

    /** Returns the status. */
    int rename(int id, String name) throws IOException {
        return send(HttpRequest.newBuilder(at("/products/" + id))
                        .timeout(LONG)
                        .header("Content-Type", "text/plain")
                        .PUT(HttpRequest.BodyPublishers.ofString(name))
                        .build())
                .statusCode();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    private URI at(String path) {
        return URI.create("http://" + address() + path);
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Asks it to end, as an orchestrator does, and waits for it. */
    void stop() {
        process.destroy();
        assertThat(process.onExit()).succeedsWithin(LONG);
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        ChildProcess.end(process);
    }
}
