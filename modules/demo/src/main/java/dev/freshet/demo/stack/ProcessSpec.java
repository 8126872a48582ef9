package dev.freshet.demo.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How to run one process.
 *
 * @param name what people call it
 * @param command what to run
 * @param environment what to add to this process's environment
 * @param log takes what the process prints
 * @param ready tells whether it is up; blocks for a bounded time
 * @param address where to find it, for people
 */
public record ProcessSpec(
        String name, List<String> command, Map<String, String> environment, Path log, Readiness ready, String address) {

    /** Tells whether a process is up. */
    @FunctionalInterface
    public interface Readiness {
        /** Asks once; false if nobody answered, or not well. */
        boolean isReady();
    }

    public ProcessSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}
