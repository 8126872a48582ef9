package dev.freshet.demo.stack;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One process of the stack. If it ends by itself it is restarted on the same ports, as Kubernetes would do; others know them. Only before
 * it has been up it may get other ports. Used by the supervisor's thread; its state may be read from any thread.
 */
public final class SupervisedProcess {

    /** The states of a process. */
    public enum State {
        /** Not started yet, or stopped. */
        STOPPED,
        /** Started, but not ready. */
        STARTING,
        /** Ready. */
        UP,
        /** Ended by itself; will be restarted. */
        DOWN
    }

    private static final File NO_INPUT = new File("/dev/null");

    private final Supplier<ProcessSpec> specs;
    private volatile ProcessSpec spec;
    private volatile State state = State.STOPPED;
    private volatile @Nullable Process process;
    private final AtomicInteger starts = new AtomicInteger();
    private long downSinceNanos;
    private long startedNanos;

    /** @param specs returns how to run it on ports that nobody uses then */
    SupervisedProcess(Supplier<ProcessSpec> specs) {
        this.specs = specs;
        this.spec = specs.get();
    }

    /** Returns how it is run. This does not change any more once it has been up. */
    public ProcessSpec spec() {
        return spec;
    }

    /** Returns its state. */
    public State state() {
        return state;
    }

    /** Returns its process id; 0 while it does not run. */
    public long pid() {
        Process current = process;
        return current == null ? 0 : current.pid();
    }

    /** Returns how often it was started. */
    public int starts() {
        return starts.get();
    }

    Process start(long nowNanos) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(spec.command())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(NO_INPUT));
        // The user's FRESHET_ variables configure the demo, not its children. A child would refuse unknown ones.
        builder.environment().keySet().removeIf(name -> name.startsWith("FRESHET_"));
        builder.environment().putAll(spec.environment());
        Process started = builder.start();
        process = started;
        state = State.STARTING;
        starts.incrementAndGet();
        startedNanos = nowNanos;
        return started;
    }

    /** Returns the ports that another process has got; to be called after it ended. */
    List<Integer> takenPorts() {
        return spec.ports().stream().filter(port -> !FreePorts.isFree(port)).toList();
    }

    /** Chooses other ports for its next start. */
    void move() {
        spec = specs.get();
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

    /** Returns how long it was down, if it has just come back; zero at its first start. */
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
