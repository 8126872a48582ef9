package dev.freshet.testkit;

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
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A publisher or a subscriber as a user starts it: its runnable jar in a process of its own, on ports that it chooses itself. It ends with
 * this JVM at the latest.
 */
public final class ServiceProcess implements AutoCloseable {

    private static final Pattern PORTS =
            Pattern.compile("takes requests at (?:port (\\d+)|socket .*), management at port (\\d+);");
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
    private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 2;
    private static final List<String> SMALL = List.of("-XX:+UseSerialGC", "-Xmx256m");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path log;
    private final long startedNanos;
    private final Thread atExit;
    private int port;
    private int managementPort;
    private Duration startup = Duration.ZERO;

    private ServiceProcess(Process process, Path log, long startedNanos) {
        this.process = process;
        this.log = log;
        this.startedNanos = startedNanos;
        atExit = new Thread(process::destroyForcibly, "stop-service");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Starts an application of this checkout and waits until it takes requests. It may be ready later.
     *
     * @param application {@code publisher}, {@code publisher-cdc} or {@code subscriber}
     * @param folder where its configuration and its log go
     * @param name names both files
     * @param yaml its configuration, without ports and the address of Redis
     */
    public static ServiceProcess start(String application, Path folder, String name, String yaml, String redisUri) {
        return start(application, folder, name, yaml, redisUri, Map.of());
    }

    /**
     * Starts an application of this checkout with additional environment variables, and waits until it takes requests. It may be ready
     * later.
     */
    public static ServiceProcess start(
            String application,
            Path folder,
            String name,
            String yaml,
            String redisUri,
            Map<String, String> environment) {
        try {
            Path config = Files.writeString(folder.resolve(name + ".yaml"), yaml);
            List<String> command = new ArrayList<>(javaJar(application));
            command.addAll(List.of("--config", config.toString()));
            return launch(command, environment, redisUri, folder.resolve(name + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts a jar and waits until the process is ready.
     *
     * @param java the Java launcher
     * @param environment additional environment variables
     * @throws IllegalStateException if the process ends or is not ready within three minutes; the message holds its log
     */
    public static ServiceProcess startReady(
            Path java,
            List<String> javaFlags,
            Map<String, String> environment,
            Path jar,
            List<String> arguments,
            URI redis) {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(javaFlags);
        command.addAll(List.of("-jar", jar.toString()));
        command.addAll(arguments);
        try {
            Path log = Files.createTempFile("freshet-service-", ".log");
            log.toFile().deleteOnExit();
            return launch(command, environment, redis.toString(), log).awaitReady();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a jar with this JVM's launcher, and waits until the process is ready. */
    public static ServiceProcess startReady(Path jar, List<String> javaFlags, List<String> arguments, URI redis) {
        return startReady(Path.of(ChildProcess.java()), javaFlags, Map.of(), jar, arguments, redis);
    }

    /** Returns the command that starts an application's jar, without arguments. */
    public static List<String> javaJar(String application) {
        List<String> command = new ArrayList<>();
        command.add(ChildProcess.java());
        command.addAll(SMALL);
        command.addAll(List.of("-jar", Checkout.jar(application).toString()));
        return command;
    }

    private static ServiceProcess launch(
            List<String> command, Map<String, String> environment, String redisUri, Path log) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(variable -> variable.startsWith("FRESHET_"));
        builder.environment()
                .putAll(Map.of(
                        "FRESHET_REDIS_URI", redisUri,
                        "FRESHET_HTTP_HOST", "127.0.0.1",
                        "FRESHET_HTTP_PORT", "0",
                        "FRESHET_MANAGEMENT_HOST", "127.0.0.1",
                        "FRESHET_MANAGEMENT_PORT", "0"));
        if (environment.containsKey("FRESHET_HTTP_SOCKET")) {
            builder.environment().keySet().removeAll(Set.of("FRESHET_HTTP_HOST", "FRESHET_HTTP_PORT"));
        }
        builder.environment().putAll(environment);
        long startedNanos = System.nanoTime();
        ServiceProcess service = new ServiceProcess(builder.start(), log, startedNanos);
        service.await("takes requests", service::hasAnnouncedPorts);
        return service;
    }

    private boolean hasAnnouncedPorts() {
        try {
            Matcher ports = PORTS.matcher(Files.readString(log));
            if (!ports.find()) {
                return false;
            }
            port = ports.group(1) == null ? 0 : Integer.parseInt(ports.group(1));
            managementPort = Integer.parseInt(ports.group(2));
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until {@code /health/ready} answers 200.
     *
     * @throws IllegalStateException if the process ends or is not ready within three minutes; the message holds its log
     */
    public ServiceProcess awaitReady() {
        await("is ready", this::isReady);
        startup = Duration.ofNanos(System.nanoTime() - startedNanos);
        return this;
    }

    private boolean isReady() {
        try {
            return send(management("/health/ready")).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long sinceNanos = System.nanoTime();
        while (!condition.getAsBoolean()) {
            boolean isLate = System.nanoTime() - sinceNanos > START_TIMEOUT.toNanos();
            if (isLate || !process.isAlive()) {
                close();
                throw new IllegalStateException("No process that " + what + " after "
                        + Duration.ofNanos(System.nanoTime() - sinceNanos) + ": "
                        + (isLate ? "it is alive" : "it ended with exit code " + process.exitValue())
                        + ". Its log:\n" + logged());
            }
            Pause.millis(POLL_MILLIS);
        }
    }

    private String logged() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
    }

    /** Returns the address of the data port. */
    public URI uri() {
        return at("");
    }

    /** Returns an address at the data port. */
    public URI at(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** Returns an address at the management port. */
    public URI management(String path) {
        return URI.create("http://127.0.0.1:" + managementPort + path);
    }

    /** Returns the data port; 0: it is a unix socket. */
    public int port() {
        return port;
    }

    /** Returns the management port. */
    public int managementPort() {
        return managementPort;
    }

    /** Returns the time from the start of the process to its first answer that it is ready. */
    public Duration startup() {
        return startup;
    }

    /** Returns what {@code /metrics} answers now. */
    public String metrics() {
        try {
            return send(management("/metrics")).body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the metrics of now, parsed. */
    public MetricsPage metricsPage() {
        return MetricsPage.parse(metrics());
    }

    private static HttpResponse<String> send(URI address) throws IOException {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(address).timeout(HTTP_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for " + address, e);
        }
    }

    /** Returns its resident memory as the kernel counts it (VmRSS). Works only on Linux. */
    public long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")) * 1_024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the processor time that it has used so far. */
    public Duration cpuTime() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Freezes the process (SIGSTOP): its connections stay open, and nobody answers on them. */
    public void freeze() {
        ChildProcess.signal(process, "STOP");
    }

    /** Thaws a frozen process (SIGCONT). */
    public void thaw() {
        ChildProcess.signal(process, "CONT");
    }

    /** Kills the process (SIGKILL), also while it is frozen, and returns when it is gone. */
    public void kill() {
        ChildProcess.kill(process);
    }

    @Override
    public void close() {
        ChildProcess.end(process);
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is shutting down; the hook is running.
        }
    }
}
