package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Two observers as one: the second is called even if the first throws. */
record BothObservers(FreshetObserver first, FreshetObserver second) implements FreshetObserver {

    BothObservers {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
    }

    @Override
    public Observation begin() {
        Observation one = Objects.requireNonNull(first.begin(), "the observer began nothing");
        try {
            return new Both(one, Objects.requireNonNull(second.begin(), "the observer began nothing"));
        } catch (RuntimeException refused) {
            one.closed();
            throw refused;
        }
    }

    private record Both(Observation first, Observation second) implements Observation {

        @Override
        public PublisherListener publisherListener() {
            return first.publisherListener().andThen(second.publisherListener());
        }

        @Override
        public SubscriberListener subscriberListener() {
            return first.subscriberListener().andThen(second.subscriberListener());
        }

        @Override
        public Publisher publisher(Publisher connected) {
            return second.publisher(first.publisher(connected));
        }

        @Override
        public Change made(Change change) {
            return second.made(first.made(change));
        }

        @Override
        public void connected(Freshet freshet, Subscriber subscriber) {
            each(it -> it.connected(freshet, subscriber));
        }

        @Override
        public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
            each(it -> it.opening(region, tier));
        }

        @Override
        public void closed(String region) {
            each(it -> it.closed(region));
        }

        @Override
        public void closed() {
            each(Observation::closed);
        }

        private void each(Consumer<Observation> call) {
            try {
                call.accept(first);
            } finally {
                call.accept(second);
            }
        }
    }
}
