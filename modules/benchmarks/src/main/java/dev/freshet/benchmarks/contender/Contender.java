package dev.freshet.benchmarks.contender;

/**
 * One way to keep the caches of four subscribers coherent, running: connected, subscribed, with empty caches. What each
 * subscriber evicts, and when, it tells {@link Arrivals}.
 */
public interface Contender extends AutoCloseable {

    /** How many subscribers there are, all in this process. */
    int SUBSCRIBERS = 4;

    /** Puts entries under these keys into the cache of every subscriber; nothing is on its way any more when it returns. */
    void fill(Keys keys);

    /** Returns what a single thread invalidates through. */
    Caller caller(Style style);

    /** Whether a read of this subscriber's cache would still find the key. */
    boolean isCached(int subscriber, String key);

    @Override
    void close();

    /** How the caller calls. */
    enum Style {
        /** Now and then: each call goes out at once. */
        ONE_BY_ONE,
        /** As fast as possible: where the API can, many calls are under way. */
        STREAM
    }

    /** What a single thread invalidates through; one call names one key. */
    interface Caller extends AutoCloseable {
        /** Invalidates a key; may return before it is done. */
        void invalidate(String key);

        /** Returns when all that was handed in was taken by Redis. Fails if something was not. */
        void settle();

        @Override
        void close();
    }
}
