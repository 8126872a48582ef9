package dev.freshet.service.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when it has no memory left. What threw is in no known state: some threads are dead, others go on, and the
 * process may still say that it is alive. Whoever watches it can only start another if it ends.
 *
 * <p>{@code -XX:+ExitOnOutOfMemoryError} does the same earlier, but is not given with {@code java -jar}. Here the error is found
 * where it ends a thread, fails a request, or is logged.
 */
public final class FatalErrors {

    private static final Logger LOG = LoggerFactory.getLogger(FatalErrors.class);

    static final int EXIT_CODE = 3;

    private static final int MAX_CAUSES = 20;

    /** Ready, because making it would need memory. */
    private static final byte[] LINE =
            "freshet: out of memory; the process ends with exit code 3. Give it more heap (-Xmx), or set lower limits.\n"
                    .getBytes(StandardCharsets.UTF_8);

    /** Never closed: what it writes to is the process's. */
    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    /** Memory that is there when there is none: the JDK may need a little even to end. */
    private static final int RESERVE_BYTES = 256 << 10;

    @SuppressWarnings("unused") // it is only held
    private static volatile byte @Nullable [] reserve;

    private static final Runtime RUNTIME = Runtime.getRuntime();

    private static volatile boolean isWatching;

    private FatalErrors() {}

    /** From now on such an error ends this process. */
    public static void watch() {
        reserve = new byte[RESERVE_BYTES];
        try {
            ERR.write(LINE, 0, 0); // loads what a write loads
        } catch (IOException e) {
            LOG.debug("nobody listens to stderr", e);
        }
        isWatching = true;
        check(new StackOverflowError()); // likewise
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> {
            check(fault);
            LOG.error("the thread {} ended unexpectedly", thread.getName(), fault);
        });
    }

    /** Ends the process if this fault, or a cause of it, says that there is no memory left. */
    public static void check(@Nullable Throwable fault) {
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

    /** Needs next to no memory. */
    private static void end() {
        reserve = null;
        try {
            ERR.write(LINE);
        } catch (IOException | RuntimeException | Error e) {
            // Nobody listens, or not even this can be done. The exit code says it too.
        } finally {
            RUNTIME.halt(EXIT_CODE);
        }
    }
}
