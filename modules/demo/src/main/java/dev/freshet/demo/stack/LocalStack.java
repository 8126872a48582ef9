package dev.freshet.demo.stack;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * Redis, several replicas of the application and one naive replica. Each process has ports that were free when it was started. The
 * faults happen to one replica, and to the naive one at the same time: both reach Redis through a {@link Cut}.
 */
public final class LocalStack implements AutoCloseable {

    /** The maximum start time on a machine with two slow cores. */
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);

    private static final String REDIS = "redis";

    /**
     * What to start.
     *
     * @param jars the runnable jars
     * @param folder the folder for the data and the logs
     * @param replicas the number of replicas with Freshet
     * @param users how many users there are
     * @param redisUri the address of an existing Redis; null: the stack starts one
     */
    public record Plan(
            Jars jars,
            Path folder,
            int replicas,
            int users,
            @Nullable String redisUri) {}

    private final Plan plan;
    private final Deployment deployment;
    private final Supervisor supervisor;
    private final Site site;
    private final List<Replica> replicas = new ArrayList<>();

    private LocalStack(Plan plan, Deployment deployment, Supervisor supervisor, Site site) {
        this.plan = plan;
        this.deployment = deployment;
        this.supervisor = supervisor;
        this.site = site;
    }

    /**
     * Creates the stack. {@link #start} starts it.
     *
     * @param events receives a sentence about each event of a process
     */
    public static LocalStack create(Plan plan, Deployment deployment, HttpClient http, Consumer<String> events)
            throws IOException {
        Supervisor supervisor = Supervisor.create(plan.folder(), events, START_TIMEOUT);
        return new LocalStack(plan, deployment, supervisor, new Site(plan, http, supervisor));
    }

    /**
     * Starts everything and waits until all processes are ready. Called once, before the other methods.
     *
     * @throws StartFailedException if a process does not become ready
     */
    public void start() throws IOException, SQLException {
        if (plan.redisUri() == null) {
            Path folder = Files.createDirectories(plan.folder().resolve(REDIS));
            Path binary = ExecutableProvider.newJarResourceProvider(folder.toFile())
                    .get()
                    .toPath();
            List<SupervisedProcess> started = site.start(List.of(() -> redis(folder, binary)));
            site.redisIsAt(started.get(0).spec().address());
        }
        deployment.createUsers(site);
        replicas.addAll(deployment.start(site));
    }

    private ProcessSpec redis(Path folder, Path binary) {
        int port = site.choosePorts(1).get(0);
        List<String> command = new ArrayList<>(List.of(
                binary.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString(),
                "--save",
                ""));
        command.addAll(deployment.redisOptions());
        return new ProcessSpec(
                REDIS,
                command,
                List.of(port),
                Map.of(),
                site.log(REDIS),
                Readinesses.redis(port),
                "redis://127.0.0.1:" + port);
    }

    /** Returns the process of Redis; null if the stack did not start it. */
    public @Nullable SupervisedProcess redis() {
        return site.processes().stream()
                .filter(process -> process.spec().name().equals(REDIS))
                .findFirst()
                .orElse(null);
    }

    /** Returns the replicas with Freshet by number, then the naive one. */
    public List<Replica> replicas() {
        return List.copyOf(replicas);
    }

    /** Returns the address of Redis: as it was given, with its password. */
    public String redisUri() {
        return site.redisUri();
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
        site.close();
        if (plan.redisUri() != null) {
            deployment.removeUsers(site);
        }
    }
}
