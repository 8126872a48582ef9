package dev.freshet.bus;

import dev.freshet.schema.Decoded;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the thread that calls it. After Caffeine's GuardedStatsCounter. */
final class GuardedSubscriberListener implements SubscriberListener {

    private final SubscriberListener listener;
    private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(SubscriberListener.class));

    GuardedSubscriberListener(SubscriberListener listener) {
        this.listener = listener;
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        // Written out, without a lambda, because it runs for every record.
        try {
            listener.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public void duplicate(String region) {
        guard(() -> listener.duplicate(region));
    }

    @Override
    public void gap(String region) {
        guard(() -> listener.gap(region));
    }

    @Override
    public void reset(String region, ResetReason reason) {
        guard(() -> listener.reset(region, reason));
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        guard(() -> listener.refused(region, refusal));
    }

    @Override
    public void bufferOverflowed(String region) {
        guard(() -> listener.bufferOverflowed(region));
    }

    @Override
    public void connected(String node) {
        guard(() -> listener.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        guard(() -> listener.disconnected(node, why));
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        guard(() -> listener.heartbeatFailed(node, why));
    }

    private void guard(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void failed(RuntimeException e) {
        log.warn("a subscriber's listener failed", e);
    }
}
