package dev.freshet.demo.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The runnable jars that the stack is made of.
 *
 * @param publisher the publisher's
 * @param subscriber the subscriber's
 * @param demo this application's own
 */
public record Jars(Path publisher, Path subscriber, Path demo) {

    /**
     * Finds the jars in a checkout.
     *
     * @throws StartFailedException if one was not built; it says how to
     */
    public static Jars in(Path root) {
        Jars jars = new Jars(
                root.resolve("publisher/target/freshet-publisher.jar"),
                root.resolve("subscriber/target/freshet-subscriber.jar"),
                root.resolve("modules/demo/target/freshet-demo.jar"));
        Stream.of(jars.publisher, jars.subscriber, jars.demo)
                .filter(jar -> !Files.isRegularFile(jar))
                .findFirst()
                .ifPresent(missing -> {
                    throw new StartFailedException(missing + " is missing; ./freshet demo builds it");
                });
        return jars;
    }
}
