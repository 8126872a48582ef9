package dev.freshet.service;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when it has no memory left. What threw is in no known state: some threads are dead, others go on, and the
 * process may still say that it is alive. Whoever watches it can only start another if it ends.
 *
 * <p>{@code -XX:+ExitOnOutOfMemoryError} does the same earlier, but is not given with {@code java -jar}. Here the error is found
 * where it ends a thread, fails a request, or is logged.
 */
final class FatalErrors {

    static final int EXIT_CODE = 3;

    private static final int MAX_CAUSES = 20;

    /** Ready, because making it would need memory. */
    private static final byte[] LINE =
            "freshet: out of memory; the process ends with exit code 3. Give it more heap (-Xmx), or set lower limits.\n"
                    .getBytes(StandardCharsets.UTF_8);

    private static volatile boolean isWatching;

    private FatalErrors() {}

    /** From now on such an error ends this process. */
    static void watch() {
        isWatching = true;
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> {
            check(fault);
            org.slf4j.LoggerFactory.getLogger(FatalErrors.class)
                    .error("the thread {} ended unexpectedly", thread.getName(), fault);
        });
    }

    /** Ends the process if this fault, or a cause of it, says that there is no memory left. */
    static void check(@Nullable Throwable fault) {
        if (!isWatching) {
            return;
        }
        Throwable cause = fault;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof VirtualMachineError && !(cause instanceof StackOverflowError)) {
                end();
            }
            cause = cause.getCause();
        }
    }

    private static void end() {
        try (FileOutputStream err = new FileOutputStream(FileDescriptor.err)) {
            err.write(LINE);
        } catch (IOException e) {
            // Nobody listens. The exit code says it too.
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
