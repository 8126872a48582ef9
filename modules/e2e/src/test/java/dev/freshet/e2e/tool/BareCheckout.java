package dev.freshet.e2e.tool;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A copy of what a fresh clone holds; nothing in it is built. */
public final class BareCheckout {

    private static final Pattern MODULE = Pattern.compile("<module>(.*)</module>");

    private BareCheckout() {}

    /** Copies the launcher and the files that it reads when it builds nothing. */
    public static Path withHelpOnly(Path folder) throws IOException {
        copyFile("freshet", folder);
        copyFile("pom.xml", folder);
        copyTree("modules/cli/help", folder);
        return folder;
    }

    /** Copies everything that a build reads, except tests, the samples and the examples. */
    public static Path withSources(Path folder) throws IOException {
        withHelpOnly(folder);
        copyTree(".mvn", folder);
        copyTree(".ci", folder);
        copyFile("LICENSE", folder);
        Matcher modules = MODULE.matcher(Files.readString(Checkout.file("pom.xml")));
        while (modules.find()) {
            String module = modules.group(1);
            copyFile(module + "/pom.xml", folder);
            copyTree(module + "/src/main", folder);
        }
        copyTree("modules/samples", folder);
        copyTree("examples", folder);
        return folder;
    }

    private static void copyFile(String file, Path folder) throws IOException {
        Path copy = folder.resolve(file);
        Path parent = copy.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.copy(Checkout.file(file), copy, StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void copyTree(String tree, Path folder) throws IOException {
        Path from = Checkout.file(tree);
        if (!Files.isDirectory(from)) {
            return;
        }
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return directory.endsWith("target") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                copyFile(Checkout.root().relativize(file).toString(), folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
