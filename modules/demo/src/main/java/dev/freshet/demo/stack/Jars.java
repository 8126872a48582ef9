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
     * @param root the checkout
     * @param built where a module's build puts its jar, relative to the module
     * @throws StartFailedException if one was not built; it says how to
     */
    public static Jars in(Path root, String built) {
        Jars jars = new Jars(
                root.resolve("publisher").resolve(built).resolve("freshet-publisher.jar"),
                root.resolve("subscriber").resolve(built).resolve("freshet-subscriber.jar"),
                root.resolve("modules/demo").resolve(built).resolve("freshet-demo.jar"));
        Stream.of(jars.publisher, jars.subscriber, jars.demo)
                .filter(jar -> !Files.isRegularFile(jar))
                .findFirst()
                .ifPresent(missing -> {
                    throw new StartFailedException(missing + " is missing; ./freshet demo builds it");
                });
        return jars;
    }
}
