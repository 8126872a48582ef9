package dev.freshet.e2e.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of this checkout that tests look at. */
public final class Checkout {
    private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");

    private Checkout() {}

    /** The folder that holds everything: the one that Maven says, else the one above this module. */
    public static Path root() {
        String said = System.getProperty("freshet.root", "");
        if (!said.isEmpty()) {
            return Path.of(said);
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.isDirectory(folder.resolve("k8s"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new AssertionError("no folder k8s above " + Path.of("").toAbsolutePath());
        }
        return folder;
    }

    /** The folders of the modules, as the root's POM lists them. */
    public static List<Path> modules() throws IOException {
        Matcher module = MODULE.matcher(Files.readString(root().resolve("pom.xml")));
        return module.results().map(found -> root().resolve(found.group(1))).toList();
    }

    /** A file or folder below {@code k8s}. */
    public static Path k8s(String path) {
        return root().resolve("k8s").resolve(path);
    }

    /** An application's runnable jar; it is built before this module's integration tests run. */
    public static Path jar(String application) {
        // The publisher with Debezium's engine has no folder of its own name.
        String module = application.equals("publisher-cdc") ? "modules/sources-debezium" : application;
        Path jar = root().resolve(module).resolve("target").resolve("freshet-" + application + ".jar");
        if (!Files.isRegularFile(jar)) {
            throw new AssertionError("no " + jar + ": run `mvn verify` at the root, which builds it first");
        }
        return jar;
    }
}
