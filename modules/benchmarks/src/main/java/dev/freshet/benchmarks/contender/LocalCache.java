package dev.freshet.benchmarks.contender;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

/** The Caffeine cache of one subscriber, for contenders that have no cache of their own. */
final class LocalCache {

    static final String VALUE = "value";

    /** More than any run stores, so Caffeine never evicts. */
    static final int MAXIMUM_ENTRIES = 2_000_000;

    private final Cache<String, String> cache =
            Caffeine.newBuilder().maximumSize(MAXIMUM_ENTRIES).build();
    private final int subscriber;
    private final Arrivals arrivals;

    LocalCache(int subscriber, Arrivals arrivals) {
        this.subscriber = subscriber;
        this.arrivals = arrivals;
    }

    static LocalCache[] four(Arrivals arrivals) {
        LocalCache[] four = new LocalCache[Contender.SUBSCRIBERS];
        for (int i = 0; i < four.length; i++) {
            four[i] = new LocalCache(i, arrivals);
        }
        return four;
    }

    static void fill(LocalCache[] caches, Keys keys) {
        for (String key : keys.all()) {
            for (LocalCache cache : caches) {
                cache.cache.put(key, VALUE);
            }
        }
    }

    void put(String key, String value) {
        cache.put(key, value);
    }

    String getOr(String key, String absent) {
        String value = cache.getIfPresent(key);
        return value == null ? absent : value;
    }

    boolean has(String key) {
        return cache.getIfPresent(key) != null;
    }

    void evict(String key) {
        cache.invalidate(key);
        arrivals.evicted(subscriber, key);
    }
}
