package dev.freshet.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The folder of a run: the database, and the logs of the processes.
 *
 * @param path where it is
 */
record RunFolder(Path path) {

    static RunFolder create() throws IOException {
        return new RunFolder(Files.createTempDirectory("freshet-demo-"));
    }

    void delete(Consumer<String> events) {
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            events.accept("Cannot delete " + path + ": " + e.getMessage());
        }
    }
}
