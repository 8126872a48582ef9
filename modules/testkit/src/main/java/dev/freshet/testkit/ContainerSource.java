package dev.freshet.testkit;

import java.time.Duration;
import java.util.List;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.OneShotStartupCheckStrategy;
import org.testcontainers.utility.DockerImageName;

/** Launches servers in containers with Testcontainers. */
final class ContainerSource implements RedisSource {

    private final DockerImageName image;
    private final String version;

    private ContainerSource(DockerImageName image, String version) {
        this.image = image;
        this.version = version;
    }

    /**
     * Returns the source after a trial run of the image.
     *
     * @throws IllegalStateException if no Docker engine answers or the image does not run
     */
    static ContainerSource demanded(String imageName) {
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            throw new IllegalStateException("No Docker engine answers, but freshet.test.redis is container");
        }
        DockerImageName image = DockerImageName.parse(imageName).asCompatibleSubstituteFor("redis");
        try (GenericContainer<?> container = new GenericContainer<>(image)) {
            container
                    .withCommand("--version")
                    .withStartupCheckStrategy(new OneShotStartupCheckStrategy().withTimeout(Duration.ofSeconds(60)))
                    .start();
            return new ContainerSource(image, BinarySource.parseVersion(container.getLogs()));
        } catch (RuntimeException e) {
            throw new IllegalStateException("Cannot run the image " + imageName + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String description() {
        return "in a container (" + image + ")";
    }

    @Override
    public RedisInstance launch(int port, List<String> settings) {
        return ContainerInstance.launch(image, port, settings);
    }
}
