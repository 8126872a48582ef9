package dev.freshet.benchmarks.contender;

import io.lettuce.core.RedisClient;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Lettuce's client-side caching over Redis's tracking in broadcast mode. A fifth connection writes the values. */
final class LettuceContender implements Contender {

    private static final int MAX_IN_FLIGHT = 1_024;

    private final LocalCache[] caches;
    private final RedisClient client;
    private final List<CacheFrontend<String, String>> frontends = new ArrayList<>();
    private final StatefulRedisConnection<String, String> writer;

    LettuceContender(Site site) {
        caches = LocalCache.four(site.arrivals());
        client = RedisClient.create(site.redis().toString());
        for (LocalCache cache : caches) {
            frontends.add(ClientSideCaching.enable(
                    new LocalAccessor(cache),
                    client.connect(),
                    TrackingArgs.Builder.enabled().bcast().prefixes(Keys.PREFIX)));
        }
        writer = client.connect();
    }

    private record LocalAccessor(LocalCache cache) implements CacheAccessor<String, String> {
        @Override
        @SuppressWarnings("NullAway") // the library expects null for an absent key
        public String get(String key) {
            return cache.getOr(key, null);
        }

        @Override
        public void put(String key, String value) {
            cache.put(key, value);
        }

        @Override
        public void evict(String key) {
            cache.evict(key);
        }
    }

    @Override
    public void fill(Keys keys) {
        LocalCache.fill(caches, keys);
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return caches[subscriber].has(key);
    }

    @Override
    public Caller caller(Style style) {
        return new FutureCaller(key -> writer.async().set(key, LocalCache.VALUE), MAX_IN_FLIGHT);
    }

    @Override
    public void close() {
        frontends.forEach(CacheFrontend::close);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
}
