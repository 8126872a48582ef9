package dev.freshet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** What tests and benchmarks do with processes of their own. */
public final class ChildProcess {

    private static final long GRACE_SECONDS = 10;

    private ChildProcess() {}

    /** Returns the path of the launcher of the running Java. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** Ends a process: in order (SIGTERM), and after 10 s or if the thread is interrupted, at once (SIGKILL). */
    public static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Kills a process (SIGKILL), also while it is frozen, and returns when it is gone.
     *
     * @throws IllegalStateException if it is still alive after 10 s
     */
    public static void kill(Process process) {
        process.destroyForcibly();
        if (!endsWithin(process, GRACE_SECONDS)) {
            throw new IllegalStateException("Process " + process.pid() + " is still alive 10 s after SIGKILL");
        }
    }

    /** Returns whether a process ends within this time. */
    static boolean endsWithin(Process process, long seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the end of a process", e);
        }
    }

    /**
     * Sends a signal.
     *
     * @param name without SIG, for example {@code STOP}
     * @throws IllegalStateException if it cannot be sent
     */
    public static void signal(Process process, String name) {
        try {
            // The shell's built-in kill: a minimal system has no such program.
            Process shell = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                    .inheritIO()
                    .start();
            if (!endsWithin(shell, GRACE_SECONDS) || shell.exitValue() != 0) {
                throw new IllegalStateException("Cannot send signal " + name + " to process " + process.pid());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
