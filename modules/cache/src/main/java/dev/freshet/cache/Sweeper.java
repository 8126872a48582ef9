package dev.freshet.cache;

import dev.freshet.bus.TimeSource;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the memory of what cannot be read any more, and forgets the broad invalidations that nothing older can ask for.
 * Runs only while there is something to do, and rests between runs for a multiple of what the last one took.
 */
final class Sweeper {

    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long EXPIRY_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** A run may take one part in so many of a processor. */
    private static final int PAUSE_PER_RUN = 50;

    /** One thread for all caches that were given none; it ends while there is nothing to do. */
    private static final class SharedScheduler {
        static final ScheduledExecutorService INSTANCE = newInstance();

        private static ScheduledExecutorService newInstance() {
            ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, work -> {
                Thread thread = new Thread(work, "freshet-cache-sweeper");
                thread.setDaemon(true);
                return thread;
            });
            executor.setRemoveOnCancelPolicy(true);
            executor.setKeepAliveTime(10, TimeUnit.SECONDS);
            executor.allowCoreThreadTimeOut(true);
            return executor;
        }
    }

    private final CoherentStore<?> store;
    private final TimeSource time;
    private final @Nullable ScheduledExecutorService scheduler;

    /** Guards a run. */
    private final Object running = new Object();

    private volatile long sweptThrough;
    private volatile boolean expiring;
    private long lastRunNanos;

    /** Guards what follows. */
    private final Object scheduling = new Object();

    private @Nullable ScheduledFuture<?> pending;
    private volatile boolean isPending;
    private volatile long dueNanos;
    private boolean closed;

    Sweeper(CoherentStore<?> store, TimeSource time, @Nullable ScheduledExecutorService scheduler) {
        this.store = store;
        this.time = time;
        this.scheduler = scheduler;
    }

    static ScheduledExecutorService sharedScheduler() {
        return SharedScheduler.INSTANCE;
    }

    /** Whether every entry was visited since the last broad invalidation. */
    boolean isSwept() {
        return sweptThrough >= store.fences().counter();
    }

    /** Something was invalidated broadly. */
    void invalidatedBroadly() {
        requestWithin(Math.max(LEAST_PAUSE_NANOS, lastRunNanos * PAUSE_PER_RUN));
    }

    /** An entry was stored that ends by itself. */
    void storedFor(long lifetimeNanos) {
        if (lifetimeNanos < Expiration.UNLIMITED_NANOS) {
            expiring = true;
            requestWithin(expiryPauseNanos(lifetimeNanos));
        }
    }

    /** A lease was handed out, or a version remembered. */
    void remembered(long forNanos) {
        requestWithin(Math.max(EXPIRY_PAUSE_NANOS, forNanos));
    }

    private long expiryPauseNanos(long lifetimeNanos) {
        long pause = Math.min(LONGEST_PAUSE_NANOS, Math.max(EXPIRY_PAUSE_NANOS, lifetimeNanos / 4));
        return Math.max(pause, lastRunNanos * PAUSE_PER_RUN);
    }

    /** Runs once, on the calling thread. */
    void sweep() {
        synchronized (running) {
            long startNanos = time.nanoTime();
            Fences fences = store.fences();
            long through = fences.counter();
            long oldestLease = store.passStripes(startNanos, through);
            if (through > sweptThrough || expiring) {
                store.sweepEntries(startNanos);
                sweptThrough = through;
            }
            fences.retireThrough(Math.min(through, oldestLease));
            store.cleanUp();
            lastRunNanos = time.nanoTime() - startNanos;
        }
    }

    private void requestWithin(long delayNanos) {
        ScheduledExecutorService executor = scheduler;
        if (executor == null) {
            return;
        }
        long due = time.nanoTime() + delayNanos;
        if (isPending && dueNanos - due <= 0) {
            return;
        }
        synchronized (scheduling) {
            if (closed || (isPending && dueNanos - due <= 0)) {
                return;
            }
            ScheduledFuture<?> former = pending;
            if (former != null) {
                former.cancel(false);
            }
            pending = executor.schedule(this::runScheduled, delayNanos, TimeUnit.NANOSECONDS);
            dueNanos = due;
            isPending = true;
        }
    }

    private void runScheduled() {
        synchronized (scheduling) {
            isPending = false;
            pending = null;
        }
        try {
            sweep();
        } catch (RuntimeException fault) {
            LOG.warn("A sweep failed; the next one tries again", fault);
        }
        if (expiring && store.estimatedSize() > 0) {
            requestWithin(expiryPauseNanos(LONGEST_PAUSE_NANOS));
        }
        if (store.fences().outstanding() > 0 || store.issuedLeases() > 0 || store.versionFences() > 0) {
            requestWithin(Math.max(EXPIRY_PAUSE_NANOS, lastRunNanos * PAUSE_PER_RUN));
        }
    }

    void close() {
        synchronized (scheduling) {
            closed = true;
            ScheduledFuture<?> former = pending;
            if (former != null) {
                former.cancel(false);
            }
        }
    }
}
