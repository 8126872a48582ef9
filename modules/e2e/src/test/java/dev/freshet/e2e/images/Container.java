package dev.freshet.e2e.images;

import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.HostTool.Finished;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A container that runs, and requests to its ports. */
final class Container implements AutoCloseable {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Docker docker;
    private final String id;
    private final Map<Integer, String> places = new ConcurrentHashMap<>();

    private Container(Docker docker, String id) {
        this.docker = docker;
        this.id = id;
    }

    /**
     * Starts a container.
     *
     * @param options of {@code docker run}
     * @param ports those that this machine reaches
     */
    static Container start(
            Docker docker, String image, List<String> options, List<Integer> ports, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("run", "--detach"));
        command.addAll(options);
        ports.forEach(port -> command.addAll(List.of("--publish", "127.0.0.1::" + port)));
        command.add(image);
        command.addAll(arguments);
        return new Container(docker, docker.run(command.toArray(String[]::new)));
    }

    URI at(int port, String path) {
        String place = places.computeIfAbsent(port, of -> docker.run("port", id, of + "/tcp"));
        return URI.create("http://" + place + path);
    }

    HttpResponse<String> get(int port, String path) {
        return send(HttpRequest.newBuilder(at(port, path)).GET());
    }

    static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Waits until a path answers 200. */
    void awaitOk(int port, String path) {
        await().ignoreException(UncheckedIOException.class)
                .conditionEvaluationListener(condition -> requireRunning())
                .until(() -> get(port, path).statusCode() == 200);
    }

    private void requireRunning() {
        if (!inspect("{{.State.Running}}").equals("true")) {
            throw new AssertionError("the container has ended:\n" + log());
        }
    }

    void awaitLogged(String text) {
        await().until(() -> log().contains(text));
    }

    /** Returns what the process printed, on both streams. */
    String log() {
        Finished logs = docker.tried("logs", id);
        return logs.out() + logs.err();
    }

    /** Returns a part of what the engine knows, as a Go template names it. */
    String inspect(String template) {
        return docker.run("inspect", "--format", template, id);
    }

    /**
     * Does what the kubelet does: sends SIGTERM, and SIGKILL when the grace period is over. Returns without waiting for it.
     *
     * @return completed when the process has ended, with its exit code
     */
    CompletableFuture<Integer> stop(int graceSeconds) {
        return CompletableFuture.supplyAsync(() -> {
            docker.run("stop", "--time", String.valueOf(graceSeconds), id);
            return Integer.parseInt(inspect("{{.State.ExitCode}}"));
        });
    }

    @Override
    public void close() {
        docker.run("rm", "--force", "--volumes", id);
    }
}
