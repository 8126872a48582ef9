package dev.freshet;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import org.jspecify.annotations.Nullable;

/**
 * Sees what clients are made of, and what they do; for metrics and tools. Set by {@link FreshetConfig#withObserver}. {@code
 * freshet-micrometer} has the implementation that most users want.
 */
@FunctionalInterface
public interface FreshetObserver {

    /** Sees nothing. */
    FreshetObserver NONE = () -> Observation.NOTHING;

    /**
     * A client is about to connect. Called by {@link Freshet#connect(FreshetConfig)}, which throws what this throws: so a client that
     * must not be observed does not begin.
     *
     * @return what sees this client until it is closed
     */
    Observation begin();

    /** Returns an observer that is this one, then the other one. */
    default FreshetObserver andThen(FreshetObserver other) {
        return new BothObservers(this, other);
    }

    /**
     * Sees one client. Methods are called on the threads of the client's callers, one at a time for each region, and must return at
     * once. What they throw is logged and counted, see {@link FreshetStats#observerFailures}, and goes no further.
     */
    interface Observation {

        /** Sees nothing. */
        Observation NOTHING = new Observation() {};

        /** Returns what hears the client's publisher, besides the listener of the configuration. Called once. */
        default PublisherListener publisherListener() {
            return PublisherListener.NONE;
        }

        /** Returns what hears the client's subscriber, besides the listener of the configuration. Called once. */
        default SubscriberListener subscriberListener() {
            return SubscriberListener.NONE;
        }

        /**
         * Returns what the client publishes through: its publisher, or what does more around it. Called once. Closing it is to close the
         * client's.
         */
        default Publisher publisher(Publisher connected) {
            return connected;
        }

        /**
         * A change was made, on the thread that made it. Called before it is published, or queued, and before it is known which.
         *
         * @return the change, perhaps with its {@linkplain Change#trace() trace}
         */
        default Change made(Change change) {
            return change;
        }

        /** The client has begun to connect. */
        default void connected(Freshet freshet, Subscriber subscriber) {}

        /**
         * A region is being opened; the subscriber does not follow it yet.
         *
         * @param tier its values in Redis; null if it has none there
         */
        default void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {}

        /** A region is closed, or could not be opened: the subscriber does not follow it any more. */
        default void closed(String region) {}

        /** The client is closed. Called last. */
        default void closed() {}
    }
}
