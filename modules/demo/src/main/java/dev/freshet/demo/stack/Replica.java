package dev.freshet.demo.stack;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * One replica of the application.
 *
 * @param name {@code r1}, {@code r2} and so on, or {@code naive}
 * @param process its process
 * @param cut its way to Redis, if it can be cut; null if it connects directly
 */
public record Replica(
        String name, SupervisedProcess process, @Nullable Cut cut) {

    /** The replica that has no Freshet. */
    public static final String NAIVE = "naive";

    /** Returns whether this replica has no Freshet. */
    public boolean isNaive() {
        return name.equals(NAIVE);
    }

    /** Returns where the application answers. */
    public URI uri() {
        return URI.create(process.spec().address());
    }
}
