package dev.freshet.e2e.upgrade;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Jars of an older version, built from its commit. They are kept below {@code target}, so that they are built once. In a clone without the
 * history this version stands in for it, which is said; the workflows clone the whole history.
 */
final class OlderVersion {

    /**
     * The last commit of 2026-11-28; later ones changed the scripts of appends and heartbeats, and configuration. Once a version is
     * tagged, this is the tag of the oldest version that PROTOCOL.md promises to work with.
     */
    static final String COMMIT = "b52de35789b0ce075722d5a2f76355a5b52183d0";

    private static final List<String> APPLICATIONS = List.of("publisher", "subscriber");

    private final @Nullable Path folder;

    private OlderVersion(@Nullable Path folder) {
        this.folder = folder;
    }

    /** Builds the jars, if they are not there yet. */
    static OlderVersion built() throws IOException {
        if (HostTool.require("git")
                        .run(Checkout.root(), "cat-file", "-e", COMMIT + "^{commit}")
                        .exit()
                != 0) {
            System.err.println(
                    "The commit " + COMMIT + ", whose jars are to run beside those of this one, is not in this clone."
                            + " This version stands in for it. To fetch the whole history: git fetch --unshallow");
            return new OlderVersion(null);
        }
        Path folder = Checkout.file("modules/e2e/target/older/" + COMMIT);
        OlderVersion older = new OlderVersion(folder);
        if (!APPLICATIONS.stream().map(older::jar).allMatch(Files::isRegularFile)) {
            build(folder);
        }
        return older;
    }

    /** Returns an application's runnable jar. */
    Path jar(String application) {
        return folder == null ? Checkout.jar(application) : folder.resolve("freshet-" + application + ".jar");
    }

    /** Whether this version stands in for the older one. */
    boolean isThisOne() {
        return folder == null;
    }

    private static void build(Path folder) throws IOException {
        HostTool git = HostTool.require("git");
        Path sources = Files.createDirectories(folder.resolve("sources"));
        Path archive = folder.resolve("sources.tar");
        git.run(Checkout.root(), "archive", "--output", archive.toString(), COMMIT)
                .expectSuccess();
        HostTool.require("tar").run(sources, "xf", archive.toString()).expectSuccess();
        leaveChecksOut(sources.resolve("pom.xml"));
        List<String> command = new ArrayList<>();
        command.add(HostTool.require("mvn").program().toString());
        command.addAll(
                List.of("-B", "-q", "-Dmaven.test.skip=true", "-pl", String.join(",", APPLICATIONS), "-am", "package"));
        HostTool.run(sources, command).expectSuccess();
        for (String application : APPLICATIONS) {
            Files.move(
                    sources.resolve(application + "/target/freshet-" + application + ".jar"),
                    folder.resolve("freshet-" + application + ".jar"));
        }
        Files.delete(archive);
        deleteTree(sources);
    }

    /** They were made when it was committed, and take longer than all else. */
    private static void leaveChecksOut(Path pom) throws IOException {
        Files.writeString(pom, Files.readString(pom).replaceFirst("<arg>-Xplugin:ErrorProne[^<]*</arg>", ""));
    }

    private static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
