package dev.freshet.demo.stack;

import dev.freshet.demo.stack.LocalStack.Plan;
import dev.freshet.demo.stack.ProcessSpec.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** This machine, as a {@link Deployment} uses it: free ports, processes, and ways to Redis that can be cut. */
public final class Site implements AutoCloseable {

    /** Makes many JVMs start fast on two cores: one collector thread, no optimising compiler, little memory. */
    private static final List<String> JAVA_FLAGS = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Xms16m",
            "-Xmx128m",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true");

    private final Plan plan;
    private final HttpClient http;
    private final Supervisor supervisor;
    private final FreePorts ports = new FreePorts();
    private final List<SupervisedProcess> processes = new ArrayList<>();
    private final List<Cut> cuts = new ArrayList<>();
    private volatile String redisUri;

    Site(Plan plan, HttpClient http, Supervisor supervisor) {
        this.plan = plan;
        this.http = http;
        this.supervisor = supervisor;
        redisUri = plan.redisUri() == null ? "" : plan.redisUri();
    }

    Plan plan() {
        return plan;
    }

    /** Returns the address of Redis: as it was given, with its password. */
    String redisUri() {
        return redisUri;
    }

    void redisIsAt(String uri) {
        redisUri = uri;
    }

    /** Starts these processes together and waits until all are ready; see {@link Supervisor#start}. */
    List<SupervisedProcess> start(List<Supplier<ProcessSpec>> specs) {
        List<SupervisedProcess> started = supervisor.start(specs);
        processes.addAll(started);
        return started;
    }

    /** Returns all processes in the order of their start. */
    List<SupervisedProcess> processes() {
        return List.copyOf(processes);
    }

    List<Integer> choosePorts(int count) {
        return ports.choose(count);
    }

    /**
     * Returns the way to Redis of each replica, that of the naive one last; null: directly. Faults happen to the second replica, since
     * the first one writes.
     */
    List<@Nullable Cut> ways() throws IOException {
        List<@Nullable Cut> ways = new ArrayList<>();
        for (int number = 1; number <= plan.replicas(); number++) {
            ways.add(number == Math.min(2, plan.replicas()) ? cut() : null);
        }
        ways.add(cut());
        return ways;
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

    /** Returns the address of Redis by this way; null: directly. */
    String redisBy(@Nullable Cut cut) {
        return cut == null ? redisUri : redisAt(cut.port());
    }

    /** Returns the address of Redis, but at this port of the loopback interface. */
    String redisAt(int port) {
        URI redis = URI.create(redisUri);
        String user = redis.getRawUserInfo() == null ? "" : redis.getRawUserInfo() + "@";
        return "redis://" + user + "127.0.0.1:" + port + (redis.getRawPath() == null ? "" : redis.getRawPath());
    }

    Path log(String name) {
        return plan.folder().resolve(name + ".log");
    }

    Readiness answers(URI uri) {
        return Readinesses.http(http, uri);
    }

    static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JAVA_FLAGS);
        command.addAll(List.of(arguments));
        return command;
    }

    static URI loopback(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Stops all processes. */
    @Override
    public void close() {
        supervisor.close();
        cuts.forEach(Cut::close);
    }
}
