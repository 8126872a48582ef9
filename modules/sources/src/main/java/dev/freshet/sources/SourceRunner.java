package dev.freshet.sources;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a source in a thread of its own and restarts it whenever it fails. The pause before a restart doubles from 250 ms to
 * 30 s; a random part of up to half is subtracted. Safe to use from any thread.
 */
public final class SourceRunner implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SourceRunner.class);
    private static final long FIRST_PAUSE_MILLIS = 250;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private final String name;
    private final Source source;
    private final SourceListener listener;
    private final Thread thread;
    private final Session session = new Session();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopRequested = lock.newCondition();
    private volatile boolean stopping;
    private volatile @Nullable String fault = "not connected yet";
    private volatile @Nullable String blockedWhy;
    private volatile @Nullable String note;
    private volatile Sources.@Nullable Failure lastFailure;
    private int failures;
    private @Nullable String lastLogged;

    /**
     * @param name the source's name in the configuration
     */
    public SourceRunner(String name, Source source, SourceListener listener) {
        this.name = name;
        this.source = source;
        this.listener = listener;
        this.thread = new Thread(this::loop, "freshet-source-" + name);
        this.thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    /** Returns the source's name in the configuration. */
    public String name() {
        return name;
    }

    /** Returns why the source cannot read or publish, or null if it works. Never blocks. */
    public @Nullable String fault() {
        String current = fault;
        return current == null ? blockedWhy : current;
    }

    /** Returns the last failure since the start, also if the source works again; null: there was none. Never blocks. */
    Sources.@Nullable Failure lastFailure() {
        return lastFailure;
    }

    /** Returns what people should know though the source works, or null. Never blocks. */
    public @Nullable String note() {
        return note;
    }

    private void loop() {
        while (!stopping) {
            try {
                source.run(session);
                if (!stopping) {
                    failed("the source returned although nobody stopped it", null);
                }
            } catch (SourceException e) {
                failed(String.valueOf(e.getMessage()), e.getCause());
            } catch (InterruptedException e) {
                if (!stopping) {
                    failed("the source's thread was interrupted", e);
                }
            } catch (Exception | LinkageError e) {
                failed(e.getClass().getSimpleName() + ": " + e.getMessage(), e);
            }
            try {
                session.pause(Duration.ofMillis(nextPauseMillis()));
            } catch (InterruptedException e) {
                // Only close() interrupts this thread, and it sets "stopping" before.
            }
        }
    }

    private void failed(String why, @Nullable Throwable cause) {
        if (stopping) {
            return;
        }
        fault = why;
        lastFailure = new Sources.Failure(why, Instant.now());
        listener.failed(name);
        // Each reason is logged once: an unavailable database would fill the log.
        if (!why.equals(lastLogged)) {
            lastLogged = why;
            log.warn("source {} failed and retries: {}", name, why);
            log.debug("source {}", name, cause);
        }
    }

    private long nextPauseMillis() {
        long millis = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures, 10));
        failures++;
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2) + 1;
    }

    /** Stops the source and waits until it has returned, at most 12 s. */
    @Override
    public void close() {
        lock.lock();
        try {
            stopping = true;
            stopRequested.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            // An interrupt during a statement can break the connection, so the source gets 2 s to return by itself.
            thread.join(TimeUnit.SECONDS.toMillis(2));
            thread.interrupt();
            thread.join(STOP_TIMEOUT.toMillis());
            if (thread.isAlive()) {
                log.warn("source {} did not stop within {} s", name, STOP_TIMEOUT.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Session implements SourceSession {

        @Override
        public boolean isStopping() {
            return stopping;
        }

        @Override
        public void working() {
            failures = 0;
            if (fault != null) {
                fault = null;
                lastLogged = null;
                log.info("source {} is reading", name);
            }
        }

        @Override
        public void incomplete(String why) {
            if (!why.equals(fault)) {
                fault = why;
                lastLogged = null;
                log.warn("source {} reads, but changes may be missing: {}", name, why);
            }
        }

        @Override
        public void blocked(@Nullable String why) {
            if (why != null && blockedWhy == null) {
                log.warn("source {} cannot publish and retries: {}", name, why);
            } else if (why == null && blockedWhy != null) {
                log.info("source {} publishes again", name);
            }
            blockedWhy = why;
        }

        @Override
        public void noted(String what) {
            if (note == null) {
                log.warn("source {}: {}", name, what);
            }
            note = what;
        }

        @Override
        public boolean pause(Duration duration) throws InterruptedException {
            long nanos = duration.toNanos();
            lock.lockInterruptibly();
            try {
                while (!stopping && nanos > 0) {
                    nanos = stopRequested.awaitNanos(nanos);
                }
            } finally {
                lock.unlock();
            }
            return !stopping;
        }
    }
}
