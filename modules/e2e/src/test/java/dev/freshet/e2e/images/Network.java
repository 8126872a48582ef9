package dev.freshet.e2e.images;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A network of containers that find each other by name. */
final class Network implements AutoCloseable {

    private static final String REDIS = "redis";

    private final Docker docker;
    private final String name;

    private Network(Docker docker, String name) {
        this.docker = docker;
        this.name = name;
    }

    static Network create(Docker docker) {
        String name = "freshet-test-" + UUID.randomUUID();
        docker.run("network", "create", name);
        return new Network(docker, name);
    }

    Container redis(String image) {
        List<String> options = List.of(
                "--network",
                name,
                "--network-alias",
                REDIS,
                "--user",
                "999:999",
                "--read-only",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "--tmpfs",
                "/data");
        List<String> arguments = List.of("--bind", "0.0.0.0", "--protected-mode", "no", "--save", "");
        return Container.start(docker, image, options, List.of(), arguments);
    }

    /**
     * Starts an application with all that its manifest says. Two things differ: this machine reaches its data port, which only its Pod
     * does there, and the address of Redis comes from no Secret.
     */
    Container start(Application application, String image) {
        PodContainer inThePod = application.inThePod();
        List<String> options = new ArrayList<>(inThePod.options(application.configuration()));
        options.addAll(List.of(
                "--network",
                name,
                "--env",
                "FRESHET_REDIS_URI=redis://" + REDIS + ":6379",
                "--env",
                "FRESHET_HTTP_HOST=0.0.0.0"));
        List<Integer> ports = List.of(application.port(), application.managementPort());
        return Container.start(docker, image, options, ports, inThePod.arguments());
    }

    @Override
    public void close() {
        docker.run("network", "rm", name);
    }
}
