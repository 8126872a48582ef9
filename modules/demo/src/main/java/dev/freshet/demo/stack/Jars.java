package dev.freshet.demo.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The runnable jars of the stack.
 *
 * @param publisher the publisher's jar
 * @param demo the jar of this module
 */
public record Jars(Path publisher, Path demo) {

    /**
     * Finds the jars in a checkout.
     *
     * @param root the checkout
     * @param built the folder of a module's jar, relative to the module
     * @throws StartFailedException if a jar is missing; the message says how to build it
     */
    public static Jars in(Path root, String built) {
        Jars jars = new Jars(
                root.resolve("publisher").resolve(built).resolve("freshet-publisher.jar"),
                root.resolve("modules/demo").resolve(built).resolve("freshet-demo.jar"));
        Stream.of(jars.publisher, jars.demo)
                .filter(jar -> !Files.isRegularFile(jar))
                .findFirst()
                .ifPresent(missing -> {
                    throw new StartFailedException(missing + " does not exist; ./freshet demo builds it");
                });
        return jars;
    }
}
