package dev.freshet.bus.internal.append;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.internal.thread.CallGuard;
import dev.freshet.schema.Position;
import dev.freshet.schema.TraceContext;
import java.util.List;

/** Calls a listener, and keeps its exceptions from the publisher's threads. */
final class GuardedPublisherListener implements PublisherListener {

    private final PublisherListener listener;
    private final CallGuard guard = new CallGuard(PublisherListener.class, "a publisher's listener");

    GuardedPublisherListener(PublisherListener listener) {
        this.listener = listener;
    }

    /** Returns how many calls of the listener failed. */
    long failures() {
        return guard.failures();
    }

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        guard.call(() -> listener.appended(region, records, invalidations, elapsedNanos));
    }

    @Override
    public void traced(String region, Position at, long loggedAtMicros, long elapsedNanos, List<TraceContext> traces) {
        guard.call(() -> listener.traced(region, at, loggedAtMicros, elapsedNanos, traces));
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        guard.call(() -> listener.duplicatesDropped(region, duplicates));
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        guard.call(() -> listener.refused(reason, changes));
    }

    @Override
    public void changedInFuture(String region) {
        guard.call(() -> listener.changedInFuture(region));
    }

    @Override
    public void epochBegan(String region) {
        guard.call(() -> listener.epochBegan(region));
    }

    @Override
    public void appendedAgain(String region, int records) {
        guard.call(() -> listener.appendedAgain(region, records));
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        guard.call(() -> listener.recordsUnproven(region, isInvalidated));
    }

    @Override
    public void regionExpired(String region) {
        guard.call(() -> listener.regionExpired(region));
    }

    @Override
    public void handedBack(String region) {
        guard.call(() -> listener.handedBack(region));
    }

    @Override
    public void connected(String node) {
        guard.call(() -> listener.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        guard.call(() -> listener.disconnected(node, why));
    }
}
