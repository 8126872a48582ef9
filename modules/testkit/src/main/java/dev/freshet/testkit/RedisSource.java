package dev.freshet.testkit;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The source of this JVM's Redis servers. It is chosen once, so that one run never mixes two kinds. */
interface RedisSource {

    String LOOPBACK = "127.0.0.1";

    /** Returns the version of the servers it launches, for example {@code 7.0.15}. */
    String version();

    /** Returns a description for people, for example {@code in a container (redis:8)}. */
    String description();

    /**
     * Launches a server on this port of loopback. Does not wait until it answers.
     *
     * @param settings lines of redis.conf without port, address and directory
     */
    RedisInstance launch(int port, List<String> settings);

    /**
     * Returns this JVM's source.
     *
     * @throws IllegalStateException if the source that {@code freshet.test.redis} demands is unavailable
     */
    static RedisSource chosen() {
        return Choice.get();
    }

    /** Returns this JVM's source if it runs a binary of this machine, otherwise another source that does. */
    static RedisSource ofThisMachine() {
        return chosen() instanceof BinarySource binary ? binary : Choice.ofThisMachine();
    }

    /** Returns the binary that the embedded-redis artifact carries. */
    static RedisSource embedded() {
        return Choice.embedded();
    }

    /** Holds the choice, or its failure, so that a second call does not try again. */
    final class Choice {
        private static @Nullable RedisSource source;
        private static @Nullable String failure;
        private static @Nullable RedisSource ofThisMachine;
        private static @Nullable RedisSource embedded;

        private Choice() {}

        private static synchronized RedisSource get() {
            if (failure != null) {
                throw new IllegalStateException(failure);
            }
            if (source == null) {
                try {
                    source = choose(
                            System.getProperty("freshet.test.redis", "").trim(),
                            System.getProperty("redis.image", "redis:8").trim());
                } catch (RuntimeException e) {
                    failure = e.getMessage();
                    throw e;
                }
                System.out.println("Freshet tests: Redis " + source.version() + " " + source.description());
            }
            return source;
        }

        private static synchronized RedisSource ofThisMachine() {
            RedisSource known = ofThisMachine;
            if (known == null) {
                known = BinarySource.onPath().orElseGet(() -> BinarySource.embedded("embedded"));
                ofThisMachine = known;
                System.out.println("Freshet tests: Redis " + known.version() + " " + known.description()
                        + " for servers that must reach each other");
            }
            return known;
        }

        private static synchronized RedisSource embedded() {
            RedisSource known = embedded;
            if (known == null) {
                known = BinarySource.embedded("embedded");
                embedded = known;
            }
            return known;
        }

        static RedisSource choose(String demanded, String image) {
            return switch (demanded) {
                case "container" -> ContainerSource.demanded(image);
                case "embedded" -> embedded();
                case "" -> automatic(image);
                default -> BinarySource.at(demanded);
            };
        }

        private static RedisSource automatic(String image) {
            Optional<String> obstacle = DockerEngine.obstacleTo(image);
            if (obstacle.isEmpty()) {
                try {
                    return ContainerSource.demanded(image);
                } catch (IllegalStateException e) {
                    obstacle = Optional.of(String.valueOf(e.getMessage()));
                }
            }
            return BinarySource.embedded("embedded, because " + obstacle.get());
        }
    }
}
