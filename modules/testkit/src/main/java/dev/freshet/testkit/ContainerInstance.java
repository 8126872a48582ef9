package dev.freshet.testkit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import java.util.ArrayList;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container. Testcontainers creates and removes the container. This class asks the engine directly to stop and start it,
 * because Testcontainers cannot start a stopped container again.
 */
final class ContainerInstance implements RedisInstance {

    private static final int REDIS_PORT = 6379;
    private static final String CONFIGURATION = "/tmp/freshet-redis.conf";
    private static final int LOG_CHARS = 4_000;
    private static final int LAUNCH_ATTEMPTS = 5;

    private final GenericContainer<?> container;

    private ContainerInstance(GenericContainer<?> container) {
        this.container = container;
    }

    /**
     * Starts a container.
     *
     * @throws IllegalStateException with the server's output if it ends at once. The engine sometimes loses the output of a
     *     container that ends very fast; such a container is started again to get it
     */
    static ContainerInstance launch(DockerImageName image, int port, List<String> settings) {
        for (int attempt = 1; ; attempt++) {
            try {
                return launchOnce(image, port, settings);
            } catch (SilentFailureException e) {
                if (attempt == LAUNCH_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static final class SilentFailureException extends IllegalStateException {
        private static final long serialVersionUID = 1;

        private SilentFailureException(RuntimeException cause) {
            super("Redis did not start in a container and printed nothing", cause);
        }
    }

    @SuppressWarnings("resource") // destroy() closes it
    private static ContainerInstance launchOnce(DockerImageName image, int port, List<String> settings) {
        List<String> lines = new ArrayList<>(List.of("bind 0.0.0.0", "port " + REDIS_PORT, "protected-mode no"));
        lines.addAll(settings);
        // A port that the engine chooses would change with each start.
        PortBinding binding =
                new PortBinding(Ports.Binding.bindIpAndPort(RedisSource.LOOPBACK, port), ExposedPort.tcp(REDIS_PORT));
        GenericContainer<?> container = new GenericContainer<>(image)
                .withExposedPorts(REDIS_PORT)
                .withCopyToContainer(Transferable.of(String.join("\n", lines) + "\n"), CONFIGURATION)
                .withCommand(CONFIGURATION)
                .withCreateContainerCmdModifier(command -> {
                    HostConfig hostConfig = command.getHostConfig();
                    command.withHostConfig(
                            (hostConfig == null ? HostConfig.newHostConfig() : hostConfig).withPortBindings(binding));
                })
                // RedisServer checks the server itself after every start.
                .withStartupCheckStrategy(new StartupCheckStrategy() {
                    @Override
                    public StartupStatus checkStartupState(DockerClient client, String id) {
                        return StartupStatus.SUCCESSFUL;
                    }
                })
                .waitingFor(new AbstractWaitStrategy() {
                    @Override
                    protected void waitUntilReady() {}
                });
        try {
            container.start();
            return new ContainerInstance(container);
        } catch (RuntimeException e) {
            // A server that refuses its settings may end before Testcontainers looks at it.
            String words = wordsOf(container);
            container.stop();
            if (words.isBlank()) {
                throw new SilentFailureException(e);
            }
            throw new IllegalStateException("Redis did not start in a container: " + words, e);
        }
    }

    private static String wordsOf(GenericContainer<?> container) {
        try {
            return container.getLogs();
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public void start() {
        client().startContainerCmd(id()).exec();
    }

    @Override
    public void stop() {
        try {
            client().stopContainerCmd(id()).withTimeout(10).exec();
        } catch (NotModifiedException alreadyStopped) {
            // Already the wanted state.
        }
    }

    @Override
    public void kill() {
        if (isPaused()) {
            // Not every engine can kill a frozen container.
            resume();
        }
        if (isAlive()) {
            client().killContainerCmd(id()).exec();
            while (isAlive()) {
                Pause.millis(5);
            }
        }
    }

    @Override
    public void pause() {
        client().pauseContainerCmd(id()).exec();
    }

    @Override
    public void resume() {
        client().unpauseContainerCmd(id()).exec();
    }

    @Override
    public boolean isAlive() {
        try {
            return Boolean.TRUE.equals(
                    client().inspectContainerCmd(id()).exec().getState().getRunning());
        } catch (NotFoundException gone) {
            return false;
        }
    }

    @Override
    public String log() {
        String log = container.getLogs();
        return log.substring(Math.max(0, log.length() - LOG_CHARS));
    }

    @Override
    public void destroy() {
        container.stop();
    }

    private boolean isPaused() {
        return Boolean.TRUE.equals(
                client().inspectContainerCmd(id()).exec().getState().getPaused());
    }

    private DockerClient client() {
        return container.getDockerClient();
    }

    private String id() {
        return container.getContainerId();
    }
}
