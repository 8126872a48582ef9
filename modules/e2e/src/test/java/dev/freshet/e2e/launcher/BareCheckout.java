package dev.freshet.e2e.launcher;

import dev.freshet.e2e.tool.Checkout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;

/** A copy of what a fresh clone holds; nothing in it is built. */
final class BareCheckout {

    private BareCheckout() {}

    /** Copies the launcher and the files that it reads when it builds nothing. */
    static Path withHelpOnly(Path folder) throws IOException {
        copyFile("freshet", folder);
        copyFile("pom.xml", folder);
        copyTree("modules/cli/help", folder);
        return folder;
    }

    /** Copies everything that a build reads, except tests. */
    static Path withSources(Path folder) throws IOException {
        withHelpOnly(folder);
        copyTree(".mvn", folder);
        for (Path path : Checkout.modules()) {
            String module = Checkout.root().relativize(path).toString();
            copyFile(module + "/pom.xml", folder);
            copyTree(module + "/src/main", folder);
        }
        return folder;
    }

    private static void copyFile(String file, Path folder) throws IOException {
        Path copy = folder.resolve(file);
        Path parent = copy.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.copy(
                Checkout.root().resolve(file),
                copy,
                StandardCopyOption.COPY_ATTRIBUTES,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static void copyTree(String tree, Path folder) throws IOException {
        Path from = Checkout.root().resolve(tree);
        if (!Files.isDirectory(from)) {
            return;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                copyFile(Checkout.root().relativize(file).toString(), folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
