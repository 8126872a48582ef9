package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import java.time.Duration;

/** Checks that the counted evictions really happened. */
final class Evictions {

    private static final Duration STALL = Duration.ofSeconds(10);

    private Evictions() {}

    /** Throws if a subscriber lacks a key before the measurement. */
    static void requireAllCached(Contender contender, Keys keys) {
        long cached = cached(contender, keys);
        if (cached != (long) keys.count() * Contender.SUBSCRIBERS) {
            throw new IllegalStateException("Stored " + keys.count() + " keys in each of " + Contender.SUBSCRIBERS
                    + " caches, but together they hold " + cached);
        }
    }

    /** Waits for every eviction, then reads every key in every cache. Throws if an eviction is missing or a key can be read. */
    static void requireAllEvicted(Contender contender, Arrivals arrivals, Keys keys) {
        boolean complete = arrivals.awaitAll(STALL);
        long expected = (long) keys.count() * Contender.SUBSCRIBERS;
        if (!complete || arrivals.count() != expected) {
            throw new IllegalStateException(
                    "Evictions are missing: expected " + expected + ", counted " + arrivals.count());
        }
        long left = cached(contender, keys);
        if (left != 0) {
            throw new IllegalStateException(left + " entries were counted as evicted and can still be read");
        }
    }

    private static long cached(Contender contender, Keys keys) {
        long cached = 0;
        for (String key : keys.all()) {
            for (int subscriber = 0; subscriber < Contender.SUBSCRIBERS; subscriber++) {
                if (contender.isCached(subscriber, key)) {
                    cached++;
                }
            }
        }
        return cached;
    }
}
