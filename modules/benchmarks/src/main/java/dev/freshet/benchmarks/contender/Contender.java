package dev.freshet.benchmarks.contender;

/**
 * A running way to keep the caches of four subscribers coherent: connected, subscribed, with empty caches. It reports each eviction to
 * {@link Arrivals}.
 */
public interface Contender extends AutoCloseable {

    /** The number of subscribers, all in this process. */
    int SUBSCRIBERS = 4;

    /** Stores these keys in the cache of every subscriber. When it returns, no message is in flight. */
    void fill(Keys keys);

    /** Returns a caller for one thread. */
    Caller caller(Style style);

    /** Returns whether a read of this subscriber's cache finds the key. */
    boolean isCached(int subscriber, String key);

    @Override
    void close();

    /** How a caller makes its calls. */
    enum Style {
        /** One call at a time, sent at once. */
        ONE_BY_ONE,
        /** As fast as possible, with many calls in flight if the API allows it. */
        STREAM
    }

    /** Invalidates single keys. Confined to one thread. */
    interface Caller extends AutoCloseable {
        /** Invalidates a key. May return before the call is complete. */
        void invalidate(String key);

        /** Waits until Redis has accepted all calls. Throws if it refused one. */
        void settle();

        @Override
        void close();
    }
}
