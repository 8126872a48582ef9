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

    /** The places in a thread's array: how deep it is, as an Integer, and the maintenance that it holds back. */
    private static final int DEPTH = 0;

    private static final int TASK = 1;

    private final Executor elsewhere;

    /** Of the JDK's types only: a thread keeps its array, and would hold this class and its loader after the cache is closed. */
    private final ThreadLocal<@Nullable Object[]> held = ThreadLocal.withInitial(() -> new Object[] {0, null});

    /** @param elsewhere runs what no changing thread does */
    public MaintenanceExecutor(Executor elsewhere) {
        this.elsewhere = elsewhere;
    }

    @Override
    public void execute(Runnable task) {
        @Nullable Object[] mine = held.get();
        if (depth(mine) > 0) {
            if (mine[TASK] instanceof Runnable former && former != task) {
                former.run();
            }
            mine[TASK] = task;
        } else {
            elsewhere.execute(task);
        }
    }

    /** The calling thread changes entries from now on; to be followed by {@link #end}, whatever happens. */
    public void begin() {
        @Nullable Object[] mine = held.get();
        mine[DEPTH] = depth(mine) + 1;
    }

    /** The calling thread is done, and does what was asked for meanwhile. To be called without a lock held. */
    public void end() {
        @Nullable Object[] mine = held.get();
        mine[DEPTH] = depth(mine) - 1;
        if (depth(mine) == 0 && mine[TASK] instanceof Runnable task) {
            mine[TASK] = null;
            task.run();
        }
    }

    private static int depth(@Nullable Object[] mine) {
        return mine[DEPTH] instanceof Integer depth ? depth : 0;
    }
}
