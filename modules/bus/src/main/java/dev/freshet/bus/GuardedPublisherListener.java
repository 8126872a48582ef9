package dev.freshet.bus;

import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the thread that calls it. */
final class GuardedPublisherListener implements PublisherListener {

    private final PublisherListener listener;
    private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(PublisherListener.class));

    GuardedPublisherListener(PublisherListener listener) {
        this.listener = listener;
    }

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        guard(() -> listener.appended(region, records, invalidations, elapsedNanos));
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        guard(() -> listener.duplicatesDropped(region, duplicates));
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        guard(() -> listener.refused(reason, changes));
    }

    @Override
    public void changedInFuture(String region) {
        guard(() -> listener.changedInFuture(region));
    }

    @Override
    public void epochBegan(String region) {
        guard(() -> listener.epochBegan(region));
    }

    @Override
    public void appendedAgain(String region, int records) {
        guard(() -> listener.appendedAgain(region, records));
    }

    @Override
    public void connected(String node) {
        guard(() -> listener.connected(node));
    }

    @Override
    public void disconnected(String node, String why) {
        guard(() -> listener.disconnected(node, why));
    }

    private void guard(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            log.warn("a publisher's listener failed", e);
        }
    }
}
