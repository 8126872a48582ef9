package dev.freshet.bus;

import dev.freshet.schema.Decoded;

/** Two listeners as one: the second is called even if the first throws. */
record BothSubscriberListeners(SubscriberListener first, SubscriberListener second) implements SubscriberListener {

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        try {
            first.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        } finally {
            second.applied(region, record, receivedAtMicros, evictedAtMicros, replayed);
        }
    }

    @Override
    public void duplicate(String region) {
        try {
            first.duplicate(region);
        } finally {
            second.duplicate(region);
        }
    }

    @Override
    public void gap(String region) {
        try {
            first.gap(region);
        } finally {
            second.gap(region);
        }
    }

    @Override
    public void reset(String region, ResetReason reason) {
        try {
            first.reset(region, reason);
        } finally {
            second.reset(region, reason);
        }
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        try {
            first.refused(region, refusal);
        } finally {
            second.refused(region, refusal);
        }
    }

    @Override
    public void bufferOverflowed(String region) {
        try {
            first.bufferOverflowed(region);
        } finally {
            second.bufferOverflowed(region);
        }
    }

    @Override
    public void connected(String node) {
        try {
            first.connected(node);
        } finally {
            second.connected(node);
        }
    }

    @Override
    public void disconnected(String node, String why) {
        try {
            first.disconnected(node, why);
        } finally {
            second.disconnected(node, why);
        }
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        try {
            first.heartbeatFailed(node, why);
        } finally {
            second.heartbeatFailed(node, why);
        }
    }
}
