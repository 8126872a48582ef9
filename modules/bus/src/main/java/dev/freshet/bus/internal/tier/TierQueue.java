package dev.freshet.bus.internal.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.thread.Timeouts;
import dev.freshet.bus.tier.RedisTierConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The calls of a tier that wait for a {@link TierLane}: bounded by their number and by the bytes of their values. Any thread. */
final class TierQueue implements TierCalls {

    private final RedisTierConfig config;
    private final TimeSource time;
    private final BlockingQueue<TierCall> queue;

    /** What waits, and what was sent and is not answered. */
    private final AtomicLong bytes = new AtomicLong();

    /** Why nothing is taken any more; null while it is. */
    private volatile @Nullable String closedBecause;

    TierQueue(RedisTierConfig config, TimeSource time) {
        this.config = config;
        this.time = time;
        this.queue = new LinkedBlockingQueue<>(config.queueMaximumCalls());
    }

    @Override
    public CompletableFuture<List<?>> offer(String head, long valueBytes, Function<String, ScriptCall> script) {
        TierCall call = new TierCall(head, script, time.nanoTime());
        String closed = closedBecause;
        if (closed != null) {
            call.fail(closed);
        } else if (bytes.addAndGet(valueBytes) > config.queueMaximumBytes() || !queue.offer(call)) {
            bytes.addAndGet(-valueBytes);
            call.fail("too much waits for Redis");
        } else {
            String meanwhile = closedBecause;
            if (meanwhile != null && queue.remove(call)) {
                call.fail(meanwhile);
            }
            long timeoutNanos = config.timeout().toNanos();
            Timeouts.unlessDone(call.reply, timeoutNanos, () -> call.fail("Redis did not answer in time"));
            return call.reply.whenComplete((reply, fault) -> bytes.addAndGet(-valueBytes));
        }
        return call.reply;
    }

    /** Waits up to a second for a call. Returns null if none came. */
    @Nullable
    TierCall take() throws InterruptedException {
        return queue.poll(1, TimeUnit.SECONDS);
    }

    /** Moves calls that wait into a list, without waiting for any. */
    void drainTo(List<TierCall> taken, int maximum) {
        queue.drainTo(taken, maximum);
    }

    boolean isClosed() {
        return closedBecause != null;
    }

    /** Fails what waits and what comes from now on. */
    void close(String why) {
        closedBecause = why;
        List<TierCall> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(call -> call.fail(why));
    }
}
