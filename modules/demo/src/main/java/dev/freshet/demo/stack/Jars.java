package dev.freshet.demo.stack;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the runnable jars of the stack in a checkout. */
public final class Jars {

    private final Path root;
    private final String built;

    /**
     * @param root the checkout
     * @param built the folder of a module's jar, relative to the module
     */
    public Jars(Path root, String built) {
        this.root = root;
        this.built = built;
    }

    Path publisher() {
        return jar("publisher", "freshet-publisher.jar");
    }

    Path subscriber() {
        return jar("subscriber", "freshet-subscriber.jar");
    }

    Path demo() {
        return jar("modules/demo", "freshet-demo.jar");
    }

    private Path jar(String module, String name) {
        Path jar = root.resolve(module).resolve(built).resolve(name);
        if (!Files.isRegularFile(jar)) {
            throw new StartFailedException(jar + " does not exist; ./freshet demo builds it");
        }
        return jar;
    }
}
