package dev.freshet.cache.internal.upkeep;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Where Caffeine's upkeep runs, which it asks for with nearly every change. Waking another thread for it takes longer than the
 * upkeep itself, and on a small machine that thread then competes with those that evict. So a thread that changes entries
 * {@linkplain #begin says so}, and does the upkeep itself, once, when it is done with all of a record's keys. What a read
 * asks for goes elsewhere: a reader is not to wait.
 *
 * <p>While a thread holds the upkeep back, Caffeine asks for no more of it, and does it in place where its buffers are full.
 * Any thread.
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
