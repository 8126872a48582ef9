package dev.freshet.demo.stack;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One process of the stack, started again whenever it ends unasked, on the same ports: what Kubernetes would do. Used by the
 * supervisor's thread; the state may be read from any.
 */
public final class SupervisedProcess {

    /** Where it stands. */
    public enum State {
        /** Not yet started, or stopped. */
        STOPPED,
        /** Started, but not ready. */
        STARTING,
        /** Ready. */
        UP,
        /** Ended unasked; to be started again. */
        DOWN
    }

    private static final File NO_INPUT = new File("/dev/null");

    private final ProcessSpec spec;
    private volatile State state = State.STOPPED;
    private volatile @Nullable Process process;
    private final AtomicInteger starts = new AtomicInteger();
    private long downSinceNanos;
    private long startedNanos;

    SupervisedProcess(ProcessSpec spec) {
        this.spec = spec;
    }

    /** How it is run. */
    public ProcessSpec spec() {
        return spec;
    }

    /** Where it stands. */
    public State state() {
        return state;
    }

    /** Its process id, or 0 while there is none. */
    public long pid() {
        Process current = process;
        return current == null ? 0 : current.pid();
    }

    /** How often it was started. */
    public int starts() {
        return starts.get();
    }

    Process start(long nowNanos) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(spec.command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(NO_INPUT));
        // Settings meant for the one who runs the demo are not meant for what it starts: an unknown one is a fault
        // there.
        builder.environment().keySet().removeIf(name -> name.startsWith("FRESHET_"));
        builder.environment().putAll(spec.environment());
        Process started = builder.start();
        process = started;
        state = State.STARTING;
        starts.incrementAndGet();
        startedNanos = nowNanos;
        return started;
    }

    void becameReady() {
        state = State.UP;
    }

    void ended(long nowNanos) {
        state = State.DOWN;
        if (downSinceNanos == 0) {
            downSinceNanos = nowNanos;
        }
    }

    /** How long it was away, if it just came back; zero if this is its first start. */
    Duration cameBackAfter(long nowNanos) {
        Duration away = downSinceNanos == 0 ? Duration.ZERO : Duration.ofNanos(nowNanos - downSinceNanos);
        downSinceNanos = 0;
        return away;
    }

    Duration sinceStart(long nowNanos) {
        return Duration.ofNanos(nowNanos - startedNanos);
    }

    void stop() {
        Process current = process;
        if (current != null) {
            current.destroy();
        }
        state = State.STOPPED;
    }

    @Nullable
    Process process() {
        return process;
    }
}
