package dev.freshet.cache.internal.upkeep;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs Caffeine's maintenance, which Caffeine asks for with nearly every change. Waking another thread takes longer than the
 * maintenance itself, and on a small machine that thread competes with those that evict. So a thread that changes entries
 * {@linkplain #begin says so}, and does the maintenance itself, once, after all keys of a record. Maintenance that a read asks
 * for runs elsewhere, because a reader must not wait.
 *
 * <p>While a thread holds maintenance back, Caffeine asks for no more of it; if its buffers are full, it maintains in place.
 * Safe to use from any thread.
 */
public final class MaintenanceExecutor implements Executor {

    private static final class Held {
        private int depth;
        private @Nullable Runnable task;
    }

    private final Executor elsewhere;
    private final ThreadLocal<Held> held = ThreadLocal.withInitial(Held::new);

    /** @param elsewhere runs what no changing thread does */
    public MaintenanceExecutor(Executor elsewhere) {
        this.elsewhere = elsewhere;
    }

    @Override
    public void execute(Runnable task) {
        Held mine = held.get();
        if (mine.depth > 0) {
            if (mine.task != null && mine.task != task) {
                mine.task.run();
            }
            mine.task = task;
        } else {
            elsewhere.execute(task);
        }
    }

    /** The calling thread changes entries from now on; to be followed by {@link #end}, whatever happens. */
    public void begin() {
        held.get().depth++;
    }

    /** The calling thread is done, and does what was asked for meanwhile. To be called without a lock held. */
    public void end() {
        Held mine = held.get();
        if (--mine.depth > 0) {
            return;
        }
        Runnable task = mine.task;
        if (task != null) {
            mine.task = null;
            task.run();
        }
    }
}
