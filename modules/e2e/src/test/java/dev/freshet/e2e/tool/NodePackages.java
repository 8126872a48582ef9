package dev.freshet.e2e.tool;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Installs packages from the npm registry, as a lock file names them. */
public final class NodePackages {

    private NodePackages() {}

    /**
     * Copies a folder, and installs what its {@code package-lock.json} names beside it. If the machine has no npm, the test is skipped.
     *
     * @param name of the folder that is made
     * @return the folder that was made
     */
    public static Path install(Path sources, String name) throws IOException {
        String npm = HostTool.require("npm").program().toString();
        Path packages =
                Files.createDirectories(Checkout.file("modules/e2e/target").resolve(name));
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.toList()) {
                Files.write(packages.resolve(file.getFileName().toString()), Files.readAllBytes(file));
            }
        }
        HostTool.run(packages, List.of(npm, "ci", "--no-audit", "--no-fund")).expectSuccess();
        return packages;
    }
}
