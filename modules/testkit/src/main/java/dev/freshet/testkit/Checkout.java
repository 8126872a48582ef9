package dev.freshet.testkit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The checkout of Freshet that a test or a benchmark runs in. */
public final class Checkout {

    private Checkout() {}

    /**
     * Returns the root: the system property {@code freshet.root}, else the folder above the working directory that holds the modules.
     *
     * @throws IllegalStateException if the working directory is outside a checkout
     */
    public static Path root() {
        String given = System.getProperty("freshet.root", "");
        if (!given.isEmpty()) {
            return Path.of(given);
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null) {
            if (Files.isDirectory(folder.resolve("modules/testkit"))) {
                return folder;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException(
                "No modules/testkit above " + Path.of("").toAbsolutePath() + ": run this inside a checkout of Freshet");
    }

    /** Returns a file or folder, given its path below the root. */
    public static Path file(String path) {
        return root().resolve(path);
    }

    /**
     * Returns an application's runnable jar, or empty if it is not built.
     *
     * @param application {@code publisher}, {@code publisher-cdc} or {@code subscriber}
     */
    public static Optional<Path> builtJar(String application) {
        // The publisher with Debezium's engine is the only one whose folder has another name.
        String module = application.equals("publisher-cdc") ? "modules/sources-debezium" : application;
        return Optional.of(file(module + "/target/freshet-" + application + ".jar"))
                .filter(Files::isRegularFile);
    }

    /**
     * Returns an application's runnable jar.
     *
     * @throws IllegalStateException if it is not built; the message says how to build it
     */
    public static Path jar(String application) {
        return builtJar(application)
                .orElseThrow(() -> new IllegalStateException("No freshet-" + application + ".jar in " + root()
                        + ": run `mvn -DskipTests package` in that folder, which builds it"));
    }
}
