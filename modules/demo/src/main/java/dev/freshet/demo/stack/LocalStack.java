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
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * Redis, the publisher, and several replicas of the application with a subscriber beside each. Each is a process of its own, on
 * ports that were free when it was started.
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
    private final FreePorts ports = new FreePorts();
    private volatile String redisUri;
    private volatile List<Replica> replicas = List.of();
    private volatile List<SupervisedProcess> subscribers = List.of();
    private volatile List<SupervisedProcess> processes = List.of();

    private LocalStack(Plan plan, HttpClient http, Supervisor supervisor) {
        this.plan = plan;
        this.http = http;
        this.supervisor = supervisor;
        redisUri = plan.redisUri() == null ? "" : plan.redisUri();
    }

    /**
     * Creates the stack. {@link #start} starts it.
     *
     * @param events receives a sentence about each event of a process
     */
    public static LocalStack create(Plan plan, HttpClient http, Consumer<String> events) throws IOException {
        return new LocalStack(plan, http, Supervisor.create(plan.folder(), events, START_TIMEOUT));
    }

    /**
     * Starts everything and waits until all processes are ready.
     *
     * @throws StartFailedException if a process does not become ready
     */
    public void start() throws IOException {
        List<SupervisedProcess> started = new ArrayList<>();
        if (plan.redisUri() == null) {
            Path folder = Files.createDirectories(plan.folder().resolve("redis"));
            Path binary = ExecutableProvider.newJarResourceProvider(folder.toFile())
                    .get()
                    .toPath();
            started.addAll(supervisor.start(List.of(() -> redis(folder, binary))));
            redisUri = started.get(0).spec().address();
        }
        Path config = Files.writeString(plan.folder().resolve("subscriber.yaml"), subscriberConfig());
        List<Supplier<ProcessSpec>> services = new ArrayList<>();
        services.add(this::publisher);
        IntStream.rangeClosed(1, plan.replicas()).forEach(number -> services.add(() -> subscriber(number, config)));
        List<SupervisedProcess> serving = supervisor.start(services);
        started.addAll(serving);
        String publisherUri = serving.get(0).spec().address();
        subscribers = List.copyOf(serving.subList(1, serving.size()));
        List<Supplier<ProcessSpec>> applications = new ArrayList<>();
        for (int number = 1; number <= plan.replicas(); number++) {
            String name = "app-" + number;
            String subscriberUri = subscribers.get(number - 1).spec().address();
            applications.add(() -> application(name, subscriberUri, publisherUri));
        }
        List<SupervisedProcess> running = supervisor.start(applications);
        started.addAll(running);
        replicas = IntStream.rangeClosed(1, plan.replicas())
                .mapToObj(number -> replica(number, running.get(number - 1), subscribers.get(number - 1)))
                .toList();
        processes = List.copyOf(started);
    }

    private static Replica replica(int number, SupervisedProcess application, SupervisedProcess subscriber) {
        return new Replica(
                number,
                URI.create(application.spec().address()),
                URI.create(subscriber.spec().address()),
                loopback(subscriber.spec().ports().get(1)));
    }

    /** Returns all processes in the order of their start; empty until all are ready. */
    public List<SupervisedProcess> processes() {
        return processes;
    }

    /** Returns the subscriber beside a replica. */
    public SupervisedProcess subscriber(Replica replica) {
        return subscribers.get(replica.number() - 1);
    }

    /** Returns the replicas, by number; empty until all are ready. */
    public List<Replica> replicas() {
        return replicas;
    }

    /** Returns the address of Redis: as it was given, with its password; empty until a Redis of the stack is ready. */
    public String redisUri() {
        return redisUri;
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

    private ProcessSpec redis(Path folder, Path binary) {
        int port = ports.choose(1).get(0);
        List<String> command = List.of(
                binary.toString(),
                "--port",
                Integer.toString(port),
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
                List.of(port),
                Map.of(),
                log("redis"),
                Readinesses.redis(port),
                "redis://127.0.0.1:" + port);
    }

    private ProcessSpec publisher() {
        return service("publisher", "-jar", plan.jars().publisher().toString());
    }

    private ProcessSpec subscriber(int number, Path config) {
        return service(
                "subscriber-" + number, "-jar", plan.jars().subscriber().toString(), "--config", config.toString());
    }

    /** Its ports are those of its data and of its management. */
    private ProcessSpec service(String name, String... arguments) {
        List<Integer> chosen = ports.choose(2);
        return new ProcessSpec(
                name,
                java(arguments),
                chosen,
                environment(chosen.get(0), chosen.get(1)),
                log(name),
                Readinesses.http(http, loopback(chosen.get(1)).resolve("/health/ready")),
                loopback(chosen.get(0)).toString());
    }

    private ProcessSpec application(String name, String subscriberUri, String publisherUri) {
        int port = ports.choose(1).get(0);
        return new ProcessSpec(
                name,
                java(
                        "-cp",
                        plan.jars().demo().toString(),
                        "dev.freshet.demo.app.DemoAppMain",
                        "--port",
                        Integer.toString(port),
                        "--database",
                        plan.folder().resolve("users.sqlite").toString(),
                        "--subscriber",
                        subscriberUri,
                        "--publisher",
                        publisherUri,
                        "--users",
                        Integer.toString(plan.users()),
                        "--teams",
                        Integer.toString(plan.teams())),
                List.of(port),
                // An argument would show the password to every user of this machine.
                Map.of("FRESHET_REDIS_URI", redisUri),
                log(name),
                Readinesses.http(http, loopback(port).resolve("/health")),
                loopback(port).toString());
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
                "FRESHET_REDIS_URI",
                redisUri,
                "FRESHET_HTTP_HOST",
                "127.0.0.1",
                "FRESHET_HTTP_PORT",
                Integer.toString(port),
                "FRESHET_MANAGEMENT_HOST",
                "127.0.0.1",
                "FRESHET_MANAGEMENT_PORT",
                Integer.toString(managementPort));
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
