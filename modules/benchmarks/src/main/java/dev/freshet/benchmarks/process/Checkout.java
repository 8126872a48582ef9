package dev.freshet.benchmarks.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The checkout that this runs in. */
public final class Checkout {

    private Checkout() {}

    /** Finds it, from the working directory upwards. */
    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            if (Files.isDirectory(folder.resolve("modules/benchmarks"))) {
                return folder;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException("run it within a checkout");
    }

    /** The publisher's runnable jar, where it was built. */
    public static Optional<Path> publisherJar() {
        return built("publisher/target/freshet-publisher.jar");
    }

    /** The subscriber's runnable jar, where it was built. */
    public static Optional<Path> subscriberJar() {
        return built("subscriber/target/freshet-subscriber.jar");
    }

    private static Optional<Path> built(String path) {
        return Optional.of(root().resolve(path)).filter(Files::isRegularFile);
    }
}
