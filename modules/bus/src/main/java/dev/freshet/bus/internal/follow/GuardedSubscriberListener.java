package dev.freshet.bus.internal.follow;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.bus.internal.thread.CallGuard;
import dev.freshet.schema.Decoded;

/** Keeps what a listener throws away from the thread that calls it. After Caffeine's GuardedStatsCounter. */
final class GuardedSubscriberListener implements SubscriberListener {

    private final SubscriberListener listener;
    private final CallGuard guard = new CallGuard(SubscriberListener.class, "a subscriber's listener");

    GuardedSubscriberListener(SubscriberListener listener) {
        this.listener = listener;
    }

    /** Returns how many calls of the listener failed. */
    long failures() {
        return guard.failures();
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        // Written out, without a lambda, because it runs for every record.
        try {
            listener.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        } catch (Throwable e) {
            guard.failed(e);
        } finally {
            BusThread.forgetInterrupt();
        }
    }

    @Override
    public void duplicate(String region) {
        guard.call(() -> listener.duplicate(region));
    }

    @Override
    public void gap(String region) {
        guard.call(() -> listener.gap(region));
    }

    @Override
    public void reset(String region, ResetReason reason) {
        guard.call(() -> listener.reset(region, reason));
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        guard.call(() -> listener.refused(region, refusal));
    }

    @Override
    public void bufferOverflowed(String region) {
        guard.call(() -> listener.bufferOverflowed(region));
    }

    @Override
    public void connected(String node) {
        guard.call(() -> listener.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        guard.call(() -> listener.disconnected(node, why));
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        guard.call(() -> listener.heartbeatFailed(node, why));
    }
}
