package dev.freshet.bus;

import dev.freshet.schema.Decoded;
import java.util.function.Consumer;

/** Two listeners as one: the second is called even if the first throws. */
record BothSubscriberListeners(SubscriberListener first, SubscriberListener second) implements SubscriberListener {

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        // Written out, without a lambda, because it runs for every record.
        try {
            first.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        } finally {
            second.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        }
    }

    @Override
    public void duplicate(String region) {
        each(it -> it.duplicate(region));
    }

    @Override
    public void gap(String region) {
        each(it -> it.gap(region));
    }

    @Override
    public void reset(String region, ResetReason reason) {
        each(it -> it.reset(region, reason));
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        each(it -> it.refused(region, refusal));
    }

    @Override
    public void bufferOverflowed(String region) {
        each(it -> it.bufferOverflowed(region));
    }

    @Override
    public void connected(String node) {
        each(it -> it.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        each(it -> it.disconnected(node, why));
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        each(it -> it.heartbeatFailed(node, why));
    }

    private void each(Consumer<SubscriberListener> call) {
        try {
            call.accept(first);
        } finally {
            call.accept(second);
        }
    }
}
