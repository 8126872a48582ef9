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
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * Redis, the publisher, several replicas of the application and one naive replica. Each is a process of its own, on ports that were
 * free when it was started. The faults happen to one replica, and to the naive one at the same time: both reach Redis through a {@link
 * Cut}.
 */
public final class LocalStack implements AutoCloseable {

    /** The maximum start time on a machine with two slow cores. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    /** Makes six JVMs start fast on two cores: one collector thread, no optimising compiler, little memory. */
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
     * @param folder the folder for the database and the logs
     * @param replicas the number of replicas with Freshet
     * @param redisUri the address of an existing Redis; null: the stack starts one
     */
    public record Plan(
            Jars jars, Path folder, int replicas, @Nullable String redisUri) {}

    private final Plan plan;
    private final HttpClient http;
    private final Supervisor supervisor;
    private final FreePorts ports = new FreePorts();
    private final List<Cut> cuts = new ArrayList<>();
    private final List<SupervisedProcess> processes = new ArrayList<>();
    private final List<Replica> replicas = new ArrayList<>();
    private volatile String redisUri;
    private volatile String console = "";

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
     * Starts everything and waits until all processes are ready. Called once, before the other methods.
     *
     * @throws StartFailedException if a process does not become ready
     */
    public void start() throws IOException {
        if (plan.redisUri() == null) {
            Path folder = Files.createDirectories(plan.folder().resolve("redis"));
            Path binary = ExecutableProvider.newJarResourceProvider(folder.toFile())
                    .get()
                    .toPath();
            processes.addAll(supervisor.start(List.of(() -> redis(folder, binary))));
            redisUri = processes.get(0).spec().address();
        }
        List<Supplier<ProcessSpec>> specs = new ArrayList<>();
        List<@Nullable Cut> ways = new ArrayList<>();
        for (int number = 1; number <= plan.replicas(); number++) {
            // All faults happen to the second: the first one writes.
            Cut cut = number == Math.min(2, plan.replicas()) ? cut() : null;
            String name = "r" + number;
            ways.add(cut);
            specs.add(() -> application(name, cut));
        }
        Cut naive = cut();
        ways.add(naive);
        specs.add(() -> application(Replica.NAIVE, naive));
        specs.add(this::publisher);
        List<SupervisedProcess> started = supervisor.start(specs);
        processes.addAll(started);
        for (int i = 0; i < ways.size(); i++) {
            replicas.add(new Replica(started.get(i).spec().name(), started.get(i), ways.get(i)));
        }
    }

    private @Nullable Cut cut() throws IOException {
        URI redis = URI.create(redisUri);
        if (!"redis".equals(redis.getScheme()) || redis.getHost() == null) {
            // Behind a cut, a certificate would name another host.
            return null;
        }
        Cut cut = Cut.to(redis.getHost(), redis.getPort() < 0 ? 6_379 : redis.getPort());
        cuts.add(cut);
        return cut;
    }

    /** Returns all processes in the order of their start. */
    public List<SupervisedProcess> processes() {
        return List.copyOf(processes);
    }

    /** Returns the process of this name; null if another one runs it. */
    public @Nullable SupervisedProcess process(String name) {
        return processes.stream()
                .filter(process -> process.spec().name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Returns the replicas with Freshet by number, then the naive one. */
    public List<Replica> replicas() {
        return List.copyOf(replicas);
    }

    /** Returns the address of Redis: as it was given, with its password. */
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
        cuts.forEach(Cut::close);
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

    /** Returns the address of the console, with the token that it needs. */
    public String console() {
        return console;
    }

    /** Its ports are those of its data, of its management and of its console. */
    private ProcessSpec publisher() {
        List<Integer> chosen = ports.choose(3);
        ConsoleToken token = ConsoleToken.create(plan.folder());
        console = loopback(chosen.get(2)) + "/#token=" + token.token();
        Map<String, String> environment = Map.of(
                "FRESHET_REDIS_URI",
                redisUri,
                "FRESHET_HTTP_HOST",
                "127.0.0.1",
                "FRESHET_HTTP_PORT",
                Integer.toString(chosen.get(0)),
                "FRESHET_MANAGEMENT_HOST",
                "127.0.0.1",
                "FRESHET_MANAGEMENT_PORT",
                Integer.toString(chosen.get(1)),
                "FRESHET_CONSOLE_PORT",
                Integer.toString(chosen.get(2)),
                "FRESHET_CONSOLE_TOKENS_FILE",
                token.file().toString(),
                "FRESHET_CONSOLE_SHOW_KEYS",
                "*",
                "FRESHET_AUDIT_SAMPLE",
                "1",
                "FRESHET_AUDIT_AFTER",
                "1s,10s");
        return new ProcessSpec(
                "publisher",
                java("-jar", plan.jars().publisher().toString()),
                chosen,
                environment,
                log("publisher"),
                Readinesses.http(http, loopback(chosen.get(1)).resolve("/health/ready")),
                loopback(chosen.get(0)).toString());
    }

    private ProcessSpec application(String name, @Nullable Cut cut) {
        int port = ports.choose(1).get(0);
        return new ProcessSpec(
                name,
                java(
                        "-cp",
                        plan.jars().demo().toString(),
                        "dev.freshet.demo.app.ReplicaMain",
                        name,
                        Integer.toString(port),
                        database().toString()),
                List.of(port),
                // An argument would show the password to every user of this machine.
                Map.of("FRESHET_REDIS_URI", cut == null ? redisUri : through(cut)),
                log(name),
                Readinesses.http(http, loopback(port).resolve("/users/1")),
                loopback(port).toString());
    }

    private String through(Cut cut) {
        URI redis = URI.create(redisUri);
        String user = redis.getRawUserInfo() == null ? "" : redis.getRawUserInfo() + "@";
        return "redis://" + user + "127.0.0.1:" + cut.port() + (redis.getRawPath() == null ? "" : redis.getRawPath());
    }

    /** Returns the SQLite file that all replicas share. It must exist before the start. */
    public Path database() {
        return plan.folder().resolve("users.sqlite");
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
