package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls an observation, and keeps what it throws from the client. */
final class GuardedObservation implements FreshetObserver.Observation {

    private static final Logger LOG = LoggerFactory.getLogger(GuardedObservation.class);

    private final List<FreshetObserver.Observation> observations;
    private final LongAdder failures = new LongAdder();

    /** @param observations hear everything in this order, whatever another one throws */
    GuardedObservation(List<FreshetObserver.Observation> observations) {
        this.observations = observations;
    }

    /** Returns how many calls failed. */
    long failures() {
        return failures.sum()
                + observations.stream()
                        .mapToLong(each -> each instanceof GuardedObservation guarded ? guarded.failures() : 0)
                        .sum();
    }

    @Override
    public PublisherListener publisherListener() {
        return observations.stream()
                .map(each -> get(each::publisherListener, PublisherListener.NONE))
                .reduce(PublisherListener::andThen)
                .orElse(PublisherListener.NONE);
    }

    @Override
    public SubscriberListener subscriberListener() {
        return observations.stream()
                .map(each -> get(each::subscriberListener, SubscriberListener.NONE))
                .reduce(SubscriberListener::andThen)
                .orElse(SubscriberListener.NONE);
    }

    @Override
    public Publisher publisher(Publisher connected) {
        Publisher publisher = connected;
        for (FreshetObserver.Observation each : observations) {
            Publisher before = publisher;
            publisher = get(() -> each.publisher(before), before);
        }
        return publisher;
    }

    @Override
    public Change made(Change change) {
        Change made = change;
        for (FreshetObserver.Observation each : observations) {
            Change before = made;
            made = get(() -> each.made(before), before);
        }
        return made;
    }

    @Override
    public void connected(Freshet freshet, Subscriber subscriber) {
        call(each -> each.connected(freshet, subscriber));
    }

    @Override
    public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
        call(each -> each.opening(region, tier));
    }

    @Override
    public void closed(String region) {
        call(each -> each.closed(region));
    }

    @Override
    public void closed() {
        call(FreshetObserver.Observation::closed);
    }

    private void call(Consumer<FreshetObserver.Observation> call) {
        for (FreshetObserver.Observation each : observations) {
            boolean unused = get(
                    () -> {
                        call.accept(each);
                        return true;
                    },
                    false);
        }
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
