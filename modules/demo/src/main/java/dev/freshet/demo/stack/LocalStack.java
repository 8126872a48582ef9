package dev.freshet.demo.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * Redis, the publisher, and several replicas of the application with a subscriber beside each. Each is a process of its own, on a
 * port that was free.
 */
public final class LocalStack implements AutoCloseable {

    /** The maximum start time on a machine with two slow cores. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** Makes seven JVMs start fast on two cores: one collector thread, no optimising compiler, little memory. */
    private static final List<String> JAVA_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Xms16m",
            "-Xmx128m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true");

    /**
     * What to start.
     *
     * @param jars the runnable jars
     * @param folder the folder for the database, the configuration and the logs
     * @param replicas the number of replicas, and of subscribers
     * @param redisUri the address of an existing Redis; null: the stack starts one
     * @param users the number of users in the database
     * @param teams the number of teams
     * @param bound how long a subscriber may serve unconfirmed entries before every read becomes a miss
     */
    public record Plan(
            Jars jars, Path folder, int replicas, @Nullable String redisUri, int users, int teams, Duration bound) {}

    /**
     * One replica of the application and its subscriber.
     *
     * @param number from 1
     * @param applicationUri the address of the application
     * @param subscriberUri the address of its subscriber
     * @param subscriberManagementUri the address of its subscriber's health and metrics
     */
    public record Replica(int number, URI applicationUri, URI subscriberUri, URI subscriberManagementUri) {}

    private final Plan plan;
    private final HttpClient http;
    private final Supervisor supervisor;
    private final List<Replica> replicas = new ArrayList<>();
    private volatile List<SupervisedProcess> processes = List.of();
    private final int redisPort;
    private final int publisherPort;
    private final int publisherManagementPort;

    private LocalStack(Plan plan, HttpClient http, Supervisor supervisor, List<Integer> ports) {
        this.plan = plan;
        this.http = http;
        this.supervisor = supervisor;
        redisPort = ports.get(0);
        publisherPort = ports.get(1);
        publisherManagementPort = ports.get(2);
        for (int i = 0; i < plan.replicas(); i++) {
            replicas.add(new Replica(
                    i + 1,
                    loopback(ports.get(3 + 3 * i)),
                    loopback(ports.get(4 + 3 * i)),
                    loopback(ports.get(5 + 3 * i))));
        }
    }

    /**
     * Creates the stack. {@link #start} starts it.
     *
     * @param events receives a sentence about each event of a process
     */
    public static LocalStack create(Plan plan, HttpClient http, Consumer<String> events) throws IOException {
        List<Integer> ports = FreePorts.choose(3 + 3 * plan.replicas());
        return new LocalStack(plan, http, Supervisor.create(plan.folder(), events, START_TIMEOUT), ports);
    }

    /**
     * Starts everything and waits until all processes are ready.
     *
     * @throws StartFailedException if a process does not become ready
     */
    public void start() throws IOException {
        List<SupervisedProcess> started = new ArrayList<>();
        if (plan.redisUri() == null) {
            started.addAll(supervisor.start(List.of(redis())));
        }
        Path config = Files.writeString(plan.folder().resolve("subscriber.yaml"), subscriberConfig());
        List<ProcessSpec> services = new ArrayList<>();
        services.add(publisher());
        replicas.forEach(replica -> services.add(subscriber(replica, config)));
        started.addAll(supervisor.start(services));
        started.addAll(supervisor.start(replicas.stream().map(this::application).toList()));
        processes = List.copyOf(started);
    }

    /** Returns all processes in the order of their start; empty until all are ready. */
    public List<SupervisedProcess> processes() {
        return processes;
    }

    /** Returns the subscriber beside a replica. */
    public SupervisedProcess subscriber(Replica replica) {
        int first = plan.redisUri() == null ? 2 : 1;
        return processes.get(first + replica.number() - 1);
    }

    /** Returns the replicas, by number. */
    public List<Replica> replicas() {
        return List.copyOf(replicas);
    }

    /** Returns the address of the publisher. */
    public URI publisherUri() {
        return loopback(publisherPort);
    }

    /** Returns the address of Redis as it was given. It may contain a password. */
    public String redisUri() {
        String given = plan.redisUri();
        return given == null ? "redis://127.0.0.1:" + redisPort : given;
    }

    /** Returns whether every process is up. */
    public boolean isAllUp() {
        return supervisor.isAllUp();
    }

    /** Stops restarting processes from now on. */
    public void beginStopping() {
        supervisor.beginStopping();
    }

    @Override
    public void close() {
        supervisor.close();
    }

    private ProcessSpec redis() throws IOException {
        Path folder = Files.createDirectories(plan.folder().resolve("redis"));
        Path binary =
                ExecutableProvider.newJarResourceProvider(folder.toFile()).get().toPath();
        List<String> command = List.of(
                binary.toString(),
                "--port",
                Integer.toString(redisPort),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                // No persistence: a killed Redis loses everything that was acknowledged.
                "--save",
                "",
                "--appendonly",
                "no");
        return new ProcessSpec(
                "redis",
                command,
                Map.of(),
                log("redis"),
                Readinesses.redis(redisPort),
                "redis://127.0.0.1:" + redisPort);
    }

    private ProcessSpec publisher() {
        return new ProcessSpec(
                "publisher",
                java("-jar", plan.jars().publisher().toString()),
                environment(publisherPort, publisherManagementPort),
                log("publisher"),
                ready(loopback(publisherManagementPort)),
                publisherUri().toString());
    }

    private ProcessSpec subscriber(Replica replica, Path config) {
        String name = "subscriber-" + replica.number();
        return new ProcessSpec(
                name,
                java("-jar", plan.jars().subscriber().toString(), "--config", config.toString()),
                environment(
                        replica.subscriberUri().getPort(),
                        replica.subscriberManagementUri().getPort()),
                log(name),
                ready(replica.subscriberManagementUri()),
                replica.subscriberUri().toString());
    }

    private ProcessSpec application(Replica replica) {
        String name = "app-" + replica.number();
        return new ProcessSpec(
                name,
                java(
                        "-cp",
                        plan.jars().demo().toString(),
                        "dev.freshet.demo.app.DemoAppMain",
                        "--port",
                        Integer.toString(replica.applicationUri().getPort()),
                        "--database",
                        plan.folder().resolve("users.sqlite").toString(),
                        "--subscriber",
                        replica.subscriberUri().toString(),
                        "--publisher",
                        publisherUri().toString(),
                        "--users",
                        Integer.toString(plan.users()),
                        "--teams",
                        Integer.toString(plan.teams())),
                // An argument would show the password to every user of this machine.
                Map.of("FRESHET_REDIS_URI", redisUri()),
                log(name),
                Readinesses.http(http, replica.applicationUri().resolve("/health")),
                replica.applicationUri().toString());
    }

    private String subscriberConfig() {
        return """
                regions:
                  users:
                    maximum-entries: 10000
                    expire-after-write: 10m
                    unconfirmed: { policy: bypass, after: %dms }
                """.formatted(plan.bound().toMillis());
    }

    private Map<String, String> environment(int port, int managementPort) {
        return Map.of(
                "FRESHET_REDIS_URI", redisUri(),
                "FRESHET_HTTP_HOST", "127.0.0.1",
                "FRESHET_HTTP_PORT", Integer.toString(port),
                "FRESHET_MANAGEMENT_HOST", "127.0.0.1",
                "FRESHET_MANAGEMENT_PORT", Integer.toString(managementPort));
    }

    private ProcessSpec.Readiness ready(URI management) {
        return Readinesses.http(http, management.resolve("/health/ready"));
    }

    private Path log(String name) {
        return plan.folder().resolve(name + ".log");
    }

    private static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_FLAGS);
        command.addAll(List.of(arguments));
        return command;
    }

    private static URI loopback(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}
