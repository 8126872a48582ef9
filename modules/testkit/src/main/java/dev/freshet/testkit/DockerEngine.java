package dev.freshet.testkit;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * Asks a Docker engine whether Testcontainers can work. Testcontainers would find out too, but needs minutes on a machine without access to
 * an image registry.
 */
final class DockerEngine {

    private static final long ANSWER_SECONDS = 10;
    private static final long PULL_SECONDS = 120;
    private static final String HELPER_IMAGE = "testcontainers/ryuk";

    private final Path socket;

    private DockerEngine(Path socket) {
        this.socket = socket;
    }

    /** Returns as a clause why containers of this image cannot run, or empty if no obstacle is known. */
    static Optional<String> obstacleTo(String image) {
        String host = System.getenv("DOCKER_HOST");
        if (host != null && !host.startsWith("unix://")) {
            // A remote engine: only Testcontainers can reach it.
            return Optional.empty();
        }
        Stream<Path> candidates = host != null
                ? Stream.of(Path.of(host.substring("unix://".length())))
                : Stream.of(
                                "/var/run/docker.sock",
                                System.getenv("XDG_RUNTIME_DIR") + "/docker.sock",
                                System.getProperty("user.home") + "/.docker/run/docker.sock",
                                System.getProperty("user.home") + "/.docker/desktop/docker.sock")
                        .map(Path::of);
        return candidates
                .filter(Files::exists)
                .map(DockerEngine::new)
                .filter(DockerEngine::answers)
                .findFirst()
                .map(engine -> engine.obstacle(image))
                .orElse(Optional.of("no Docker engine answers"));
    }

    private boolean answers() {
        return status("GET", "/_ping", ANSWER_SECONDS) == 200;
    }

    private Optional<String> obstacle(String image) {
        if (status("GET", "/images/" + image + "/json", ANSWER_SECONDS) != 200) {
            // The engine reports a failed pull with status 200 and an error in the stream, so check again.
            status("POST", "/images/create?fromImage=" + encode(image), PULL_SECONDS);
            if (status("GET", "/images/" + image + "/json", ANSWER_SECONDS) != 200) {
                return Optional.of("the Docker engine does not have the image " + image + " and cannot fetch it");
            }
        }
        if (helperImagesNeeded() && !hasImagesOf(HELPER_IMAGE) && !reachesRegistryOf(HELPER_IMAGE)) {
            return Optional.of("the Docker engine cannot fetch the helper images of Testcontainers"
                    + " (set TESTCONTAINERS_RYUK_DISABLED=true and TESTCONTAINERS_HOST_OVERRIDE to run without them)");
        }
        return Optional.empty();
    }

    private static boolean helperImagesNeeded() {
        boolean cleansUp = !Boolean.parseBoolean(System.getenv("TESTCONTAINERS_RYUK_DISABLED"));
        // Inside a container, Testcontainers runs another container to find the host's address.
        boolean looksForHost =
                Files.exists(Path.of("/.dockerenv")) && System.getenv("TESTCONTAINERS_HOST_OVERRIDE") == null;
        return cleansUp || looksForHost;
    }

    private boolean hasImagesOf(String repository) {
        String filter = encode("{\"reference\":[\"" + repository + "\"]}");
        return answer("GET", "/images/json?filters=" + filter, ANSWER_SECONDS).contains("\"Id\"");
    }

    private boolean reachesRegistryOf(String repository) {
        int status = status("GET", "/distribution/" + repository + "/json", ANSWER_SECONDS);
        return status > 0 && status < 500;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Returns the HTTP status, or 0 if no answer arrives in time. */
    private int status(String method, String path, long timeoutSeconds) {
        String[] statusLine = answer(method, path, timeoutSeconds).split(" ", 3);
        return statusLine.length < 2 ? 0 : Integer.parseInt(statusLine[1]);
    }

    /** Returns the whole answer with its status line, or the empty string if none arrives in time. */
    private String answer(String method, String path, long timeoutSeconds) {
        CompletableFuture<String> answer = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        answer.complete(ask(method, path));
                    } catch (IOException | RuntimeException e) {
                        answer.complete("");
                    }
                },
                "freshet-testkit-docker");
        thread.setDaemon(true);
        thread.start();
        try {
            return answer.get(timeoutSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        } finally {
            // Closes the channel that the thread blocks on.
            thread.interrupt();
        }
    }

    private String ask(String method, String path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            // HTTP 1.0: the end of the connection ends the answer.
            String request = method + " " + path + " HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
