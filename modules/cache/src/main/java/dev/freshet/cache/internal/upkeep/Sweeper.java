package dev.freshet.cache.internal.upkeep;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.internal.fence.Fences;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.Expiration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees the memory of what cannot be read any more, and forgets the broad invalidations that nothing older can ask for.
 * Runs only while there is something to do, and rests between runs for a multiple of what the last one took.
 */
public final class Sweeper {

    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long EXPIRY_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Sweeping takes at most one part in this many of a processor. */
    private static final int PAUSE_PER_RUN = 50;

    private final CoherentStore<?> store;
    private final TimeSource time;
    private final @Nullable ScheduledExecutorService scheduler;
    private final Consumer<LinkageError> broken;
    private final long expiryPauseNanos;

    /** Guards a run. */
    private final Object running = new Object();

    private volatile long sweptThrough;
    private volatile long lastRunNanos;

    /** Whether there may be entries that end by themselves, and when to look for them next. */
    private volatile boolean expiring;

    private volatile long expiryDueNanos;

    /** Guards what follows; its volatiles are read without it to see quickly that there is nothing to do. */
    private final Object scheduling = new Object();

    private @Nullable ScheduledFuture<?> pending;
    private volatile boolean isPending;
    private volatile long dueNanos;
    private boolean closed;

    /**
     * @param lifetimeNanos how long the region lets an unused entry live
     * @param scheduler runs the sweeps; null: {@link #sweep} is called by the owner
     * @param broken is told that a class or method is missing, so that no sweep follows
     */
    public Sweeper(
            CoherentStore<?> store,
            TimeSource time,
            long lifetimeNanos,
            @Nullable ScheduledExecutorService scheduler,
            Consumer<LinkageError> broken) {
        this.store = store;
        this.broken = broken;
        this.time = time;
        this.expiryPauseNanos = expiryPauseNanos(lifetimeNanos);
        this.scheduler = scheduler;
    }

    /** Whether every entry was visited since the last broad invalidation. */
    public boolean isSwept() {
        Fences fences = store.fences();
        return sweptThrough >= fences.counter() && !fences.isSpreading();
    }

    /** Something was invalidated broadly. */
    public void invalidatedBroadly() {
        requestWithin(restNanos(MIN_PAUSE_NANOS));
    }

    /** An entry was stored that ends by itself, after this long if nobody reads it. */
    public void storedFor(long lifetimeNanos) {
        if (scheduler == null || lifetimeNanos >= Expiration.UNLIMITED_NANOS) {
            return;
        }
        long pauseNanos = expiryPauseNanos(lifetimeNanos);
        long due = time.nanoTime() + pauseNanos;
        if (expiring && expiryDueNanos - due <= 0) {
            return;
        }
        expiryDueNanos = due;
        expiring = true;
        requestWithin(restNanos(pauseNanos));
    }

    /** A lease was handed out, or a version remembered, that ends after this long. */
    public void remembered(long nanos) {
        requestWithin(Math.max(EXPIRY_PAUSE_NANOS, nanos));
    }

    private static long expiryPauseNanos(long lifetimeNanos) {
        return Math.min(MAX_PAUSE_NANOS, Math.max(EXPIRY_PAUSE_NANOS, lifetimeNanos / 4));
    }

    private long restNanos(long leastNanos) {
        return Math.max(leastNanos, lastRunNanos * PAUSE_PER_RUN);
    }

    /** Runs once, on the calling thread. */
    public void sweep() {
        run(true);
    }

    private void run(boolean looksForExpired) {
        synchronized (running) {
            long startNanos = time.nanoTime();
            Fences fences = store.fences();
            long through = fences.counter();
            boolean spreading = fences.isSpreading();
            long retirable = fences.retirableThrough(through);
            long oldestLease = store.leases().passStripes(startNanos, through);
            if (through > sweptThrough || looksForExpired || spreading) {
                store.entries().sweep(startNanos);
                sweptThrough = through;
                lastRunNanos = time.nanoTime() - startNanos;
            }
            fences.retireThrough(Math.min(retirable, oldestLease));
            store.entries().cleanUp();
        }
    }

    private void runScheduled() {
        try {
            runWhatIsDue();
        } catch (LinkageError fault) {
            close();
            broken.accept(fault);
        }
    }

    private void runWhatIsDue() {
        synchronized (scheduling) {
            isPending = false;
            pending = null;
        }
        boolean looksForExpired = expiring && time.nanoTime() - expiryDueNanos >= 0;
        try {
            if (looksForExpired) {
                expiring = false; // before looking: what is stored meanwhile says so itself
            }
            run(looksForExpired);
            if (looksForExpired && store.entries().estimatedSize() > 0) {
                storedFor(expiryPauseNanos * 4);
            }
        } catch (LinkageError fault) {
            throw fault;
        } catch (RuntimeException | Error fault) {
            LOG.warn("A sweep failed; the next one tries again", fault);
            expiring |= looksForExpired;
        }
        if (expiring) {
            requestWithin(restNanos(Math.max(0, expiryDueNanos - time.nanoTime())));
        }
        if (store.entries().copies().count() > 0) {
            storedFor(expiryPauseNanos * 4);
        }
        if (store.fences().isSpreading()) {
            requestWithin(restNanos(MIN_PAUSE_NANOS));
        }
        if (store.fences().outstanding() > 0
                || store.leases().outstanding() > 0
                || store.leases().versionFences() > 0) {
            requestWithin(restNanos(EXPIRY_PAUSE_NANOS));
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
            try {
                pending = executor.schedule(this::runScheduled, delayNanos, TimeUnit.NANOSECONDS);
                dueNanos = due;
                isPending = true;
            } catch (RejectedExecutionException shutDown) {
                closed = true;
                LOG.warn(
                        "The scheduler of a cache was shut down before the cache: unreadable entries keep their memory from now on");
            }
        }
    }

    public void close() {
        synchronized (scheduling) {
            closed = true;
            ScheduledFuture<?> former = pending;
            if (former != null) {
                former.cancel(false);
            }
        }
    }
}
