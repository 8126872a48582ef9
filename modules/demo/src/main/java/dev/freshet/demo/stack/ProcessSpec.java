package dev.freshet.demo.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How to run one process.
 *
 * @param name its name in messages
 * @param command the command to run
 * @param ports the ports that it listens on
 * @param environment variables to add to this process's environment
 * @param log the file for the process's output
 * @param ready checks whether the process is up; blocks for a bounded time
 * @param address the address to show to people
 */
public record ProcessSpec(
        String name,
        List<String> command,
        List<Integer> ports,
        Map<String, String> environment,
        Path log,
        Readiness ready,
        String address) {

    /** Checks whether a process is up. */
    @FunctionalInterface
    public interface Readiness {
        /** Checks once. Returns false if the process did not answer, or did not answer well. */
        boolean isReady();
    }

    public ProcessSpec {
        command = List.copyOf(command);
        ports = List.copyOf(ports);
        environment = Map.copyOf(environment);
    }
}
