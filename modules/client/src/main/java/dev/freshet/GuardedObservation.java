package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls an observation, and keeps what it throws from the client. */
final class GuardedObservation implements FreshetObserver.Observation {

    private static final Logger LOG = LoggerFactory.getLogger(GuardedObservation.class);

    private final FreshetObserver.Observation observation;
    private final LongAdder failures = new LongAdder();

    GuardedObservation(FreshetObserver.Observation observation) {
        this.observation = observation;
    }

    /** Returns how many calls failed. */
    long failures() {
        return failures.sum();
    }

    @Override
    public PublisherListener publisherListener() {
        return get(observation::publisherListener, PublisherListener.NONE);
    }

    @Override
    public SubscriberListener subscriberListener() {
        return get(observation::subscriberListener, SubscriberListener.NONE);
    }

    @Override
    public Publisher publisher(Publisher connected) {
        return get(() -> observation.publisher(connected), connected);
    }

    @Override
    public Change made(Change change) {
        return get(() -> observation.made(change), change);
    }

    @Override
    public void connected(Freshet freshet, Subscriber subscriber) {
        call(() -> observation.connected(freshet, subscriber));
    }

    @Override
    public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
        call(() -> observation.opening(region, tier));
    }

    @Override
    public void closed(String region) {
        call(() -> observation.closed(region));
    }

    @Override
    public void closed() {
        call(observation::closed);
    }

    private void call(Runnable call) {
        get(
                () -> {
                    call.run();
                    return true;
                },
                false);
    }

    /** Its calls are rare, so that each failure is logged. */
    private <T> T get(Supplier<@Nullable T> call, T otherwise) {
        try {
            T answer = call.get();
            if (answer != null) {
                return answer;
            }
            throw new NullPointerException("the observer returned null");
        } catch (Throwable fault) {
            failures.increment();
            LOG.warn("The observer failed; the client goes on", fault);
            return otherwise;
        }
    }
}
