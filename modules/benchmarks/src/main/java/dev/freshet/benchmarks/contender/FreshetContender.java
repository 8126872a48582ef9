package dev.freshet.benchmarks.contender;

import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Freshet embedded, with its defaults. */
final class FreshetContender implements Contender {

    static final String REGION = "users";
    private static final int MAX_IN_FLIGHT = 1_024;

    private final List<RegionCache<String>> caches = new ArrayList<>();
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Publisher publisher;

    FreshetContender(Site site) {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            RegionCache<String> cache = RegionCache.<String>builder(REGION)
                    .maximumEntries(LocalCache.MAXIMUM_ENTRIES)
                    .build();
            caches.add(cache);
            subscribers.add(Subscriber.connect(
                    SubscriberConfig.of(site.redis().toString()),
                    Map.of(REGION, cache),
                    new EvictionListener(i, site.arrivals())));
        }
        publisher = Publisher.connect(PublisherConfig.of(site.redis().toString()));
        Waiting.until(() -> publisher.isConnected() && subscribers.stream().allMatch(Subscriber::isCaughtUp));
    }

    private record EvictionListener(int subscriber, Arrivals arrivals) implements SubscriberListener {
        @Override
        public void applied(
                String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
            for (Invalidation invalidation : record.body().invalidations()) {
                if (invalidation.selector() instanceof Selector.Keys keys) {
                    keys.keys().forEach(key -> arrivals.evicted(subscriber, key));
                }
            }
        }
    }

    @Override
    public void fill(Keys keys) {
        for (String key : keys.all()) {
            for (RegionCache<String> cache : caches) {
                cache.put(key, LocalCache.VALUE);
            }
        }
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return caches.get(subscriber).getIfPresent(key) != null;
    }

    @Override
    public Caller caller(Style style) {
        return new FutureCaller(key -> publisher.publish(REGION, Change.ofKeys(key)), MAX_IN_FLIGHT);
    }

    @Override
    public void close() {
        publisher.close();
        subscribers.forEach(Subscriber::close);
        caches.forEach(RegionCache::close);
    }
}
