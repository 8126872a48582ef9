package dev.freshet.benchmarks.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds files of the checkout that contains the working directory. */
public final class Checkout {

    private Checkout() {}

    /**
     * Returns the root of the checkout.
     *
     * @throws IllegalStateException if the working directory is outside a checkout
     */
    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            if (Files.isDirectory(folder.resolve("modules/benchmarks"))) {
                return folder;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException("No modules/benchmarks above "
                + Path.of("").toAbsolutePath() + ": run this inside a checkout of Freshet");
    }

    /** Returns the publisher's runnable jar, or empty if it is not built. */
    public static Optional<Path> publisherJar() {
        return built("publisher/target/freshet-publisher.jar");
    }

    /** Returns the subscriber's runnable jar, or empty if it is not built. */
    public static Optional<Path> subscriberJar() {
        return built("subscriber/target/freshet-subscriber.jar");
    }

    private static Optional<Path> built(String path) {
        return Optional.of(root().resolve(path)).filter(Files::isRegularFile);
    }
}
