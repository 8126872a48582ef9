package dev.freshet.bus.internal.access;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * Runs code that a connection depends on and that may be anybody's, each call on a thread of its own: whatever it does, the thread
 * that connects goes on in time. Any thread.
 */
public final class ForeignCode {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignCode.class);

    /** At most this many calls run. Each attempt to connect makes two at most; more means that they hang. */
    private static final int MAX_RUNNING = 16;

    private final AtomicInteger running = new AtomicInteger();

    /**
     * Runs code, and returns what it returns.
     *
     * @param what what runs, as it begins a sentence; for messages
     * @throws IOException if the code throws it
     * @throws TimeoutException if the code does not return in time; it may go on
     * @throws MisconfiguredException if the code throws it, throws something else, or returns null
     */
    public <T> T run(String what, long timeoutMillis, Callable<T> code) throws IOException, TimeoutException {
        if (running.incrementAndGet() > MAX_RUNNING) {
            running.decrementAndGet();
            throw new MisconfiguredException(what + " still runs " + MAX_RUNNING + " times, and does not return");
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> complete(result, code), "freshet-connect");
        thread.setDaemon(true);
        thread.start();
        try {
            T value = result.get(timeoutMillis, TimeUnit.MILLISECONDS);
            if (value == null) {
                throw new MisconfiguredException(what + " returned null");
            }
            return value;
        } catch (ExecutionException e) {
            throw failed(what, Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new JedisConnectionException("interrupted while connecting", e);
        }
    }

    private <T> void complete(CompletableFuture<T> result, Callable<T> code) {
        try {
            result.complete(code.call());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        } finally {
            running.decrementAndGet();
        }
    }

    private static MisconfiguredException failed(String what, Throwable fault) throws IOException {
        if (fault instanceof MisconfiguredException known) {
            return known;
        }
        if (fault instanceof IOException io) {
            throw io;
        }
        // Its message is not ours: it might hold a secret.
        LOG.debug("{} failed with {} at {}", what, fault.getClass().getName(), Arrays.toString(fault.getStackTrace()));
        return new MisconfiguredException(
                what + " failed with " + fault.getClass().getName());
    }
}
