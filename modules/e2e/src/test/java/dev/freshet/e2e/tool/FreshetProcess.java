package dev.freshet.e2e.tool;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A publisher or a subscriber as a user starts it: its runnable jar in a process of its own, at ports that were free. */
public final class FreshetProcess implements AutoCloseable {
    private static final Pattern PORTS = Pattern.compile("takes requests at port (\\d+), management at port (\\d+)");
    private static final Duration LONGEST_START = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String application;
    private final Process process;
    private final Path log;
    private final int port;
    private final int managementPort;

    private FreshetProcess(String application, Process process, Path log) {
        this.application = application;
        this.process = process;
        this.log = log;
        MatchResult ports = await().atMost(LONGEST_START)
                .until(this::announcedPorts, Optional::isPresent)
                .orElseThrow();
        this.port = Integer.parseInt(ports.group(1));
        this.managementPort = Integer.parseInt(ports.group(2));
    }

    /**
     * Starts an application and waits until it takes requests; ready it may be later.
     *
     * @param application {@code publisher} or {@code subscriber}
     * @param folder where its configuration and its log go
     * @param name names both files
     * @param yaml its configuration; ports and Redis's address are given beside it
     */
    public static FreshetProcess start(String application, Path folder, String name, String yaml, String redisUri) {
        return start(application, folder, name, yaml, redisUri, Map.of());
    }

    /** The same with more variables in its environment. */
    public static FreshetProcess start(
            String application,
            Path folder,
            String name,
            String yaml,
            String redisUri,
            Map<String, String> environment) {
        try {
            Path config = Files.writeString(folder.resolve(name + ".yaml"), yaml);
            Path log = folder.resolve(name + ".log");
            List<String> command = new ArrayList<>(javaJar(application));
            command.addAll(List.of("--config", config.toString(), "--http-port=0", "--management-port=0"));
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().keySet().removeIf(variable -> variable.startsWith("FRESHET_"));
            builder.environment().put("FRESHET_REDIS_URI", redisUri);
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                return new FreshetProcess(application, process, log);
            } catch (RuntimeException | Error e) {
                process.destroyForcibly();
                throw new AssertionError(application + " did not start:\n" + Files.readString(log), e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How an application's jar is started, without its arguments. */
    public static List<String> javaJar(String application) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(
                java,
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-jar",
                Checkout.jar(application).toString());
    }

    private Optional<MatchResult> announcedPorts() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("exit " + process.exitValue());
        }
        Matcher matcher = PORTS.matcher(Files.readString(log));
        return matcher.find() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
    }

    /** Waits until {@code /health/ready} says so. */
    public FreshetProcess awaitReady() {
        await(application + " is ready")
                .atMost(LONGEST_START)
                .ignoreExceptions()
                .until(() -> get(management("/health/ready")).statusCode() == 200);
        return this;
    }

    /** An address at the data port. */
    public URI at(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** An address at the management port. */
    public URI management(String path) {
        return URI.create("http://127.0.0.1:" + managementPort + path);
    }

    public int port() {
        return port;
    }

    public int managementPort() {
        return managementPort;
    }

    /** What {@code /metrics} says now. */
    public String metrics() {
        return get(management("/metrics")).body();
    }

    /** The same, read. */
    public MetricsPage metricsPage() {
        return MetricsPage.parse(metrics());
    }

    /** Freezes the process where it is (SIGSTOP): its connections stay open, and nobody answers on them. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets a frozen process go on (SIGCONT). */
    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        // The shell's own kill: a minimal system has no program of that name.
        HostTool.run(Path.of("").toAbsolutePath(), List.of("sh", "-c", "kill -" + name + " " + process.pid()))
                .expectSuccess();
    }

    /** Ends the process at once (SIGKILL), frozen or not, and returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new AssertionError(application + " does not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static HttpResponse<String> get(URI address) {
        try {
            return HTTP.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
