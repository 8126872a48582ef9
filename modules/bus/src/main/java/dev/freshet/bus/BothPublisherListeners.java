package dev.freshet.bus;

import dev.freshet.schema.Position;
import dev.freshet.schema.TraceContext;
import java.util.List;
import java.util.function.Consumer;

/** Two listeners as one: the second is called even if the first throws. */
record BothPublisherListeners(PublisherListener first, PublisherListener second) implements PublisherListener {

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        // Written out, without a lambda, because it runs for every record.
        try {
            first.appended(region, records, invalidations, elapsedNanos);
        } finally {
            second.appended(region, records, invalidations, elapsedNanos);
        }
    }

    @Override
    public void traced(String region, Position at, long loggedAtMicros, long elapsedNanos, List<TraceContext> traces) {
        each(it -> it.traced(region, at, loggedAtMicros, elapsedNanos, traces));
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        each(it -> it.duplicatesDropped(region, duplicates));
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        each(it -> it.refused(reason, changes));
    }

    @Override
    public void changedInFuture(String region) {
        each(it -> it.changedInFuture(region));
    }

    @Override
    public void epochBegan(String region) {
        each(it -> it.epochBegan(region));
    }

    @Override
    public void appendedAgain(String region, int records) {
        each(it -> it.appendedAgain(region, records));
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        each(it -> it.recordsUnproven(region, isInvalidated));
    }

    @Override
    public void regionExpired(String region) {
        each(it -> it.regionExpired(region));
    }

    @Override
    public void handedBack(String region) {
        each(it -> it.handedBack(region));
    }

    @Override
    public void connected(String node) {
        each(it -> it.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        each(it -> it.disconnected(node, why));
    }

    private void each(Consumer<PublisherListener> call) {
        try {
            call.accept(first);
        } finally {
            call.accept(second);
        }
    }
}
