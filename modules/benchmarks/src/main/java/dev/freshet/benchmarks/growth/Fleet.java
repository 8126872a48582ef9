package dev.freshet.benchmarks.growth;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A publisher and subscribers in this process, each with its own connections and caches. Counts evictions. */
final class Fleet implements AutoCloseable {

    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int MAXIMUM_ENTRIES = 10_000;

    private final List<Subscriber> subscribers = new ArrayList<>();
    private final List<RegionCache<String>> caches = new ArrayList<>();
    private final LongAdder applied = new LongAdder();
    private final Publisher publisher;

    Fleet(URI redis, int members, int regions) {
        for (int i = 0; i < members; i++) {
            Map<String, RegionCache<String>> readers = new LinkedHashMap<>();
            for (int r = 0; r < regions; r++) {
                RegionCache<String> cache = RegionCache.<String>builder(region(r))
                        .maximumEntries(MAXIMUM_ENTRIES)
                        .build();
                caches.add(cache);
                readers.put(region(r), cache);
            }
            subscribers.add(Subscriber.connect(SubscriberConfig.of(redis.toString()), readers, new Counting(applied)));
        }
        publisher = Publisher.connect(PublisherConfig.of(redis.toString()));
        until(() -> publisher.isConnected() && subscribers.stream().allMatch(Subscriber::isCaughtUp));
    }

    private record Counting(LongAdder applied) implements SubscriberListener {
        @Override
        public void applied(
                String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
            for (Invalidation invalidation : record.body().invalidations()) {
                applied.add(
                        invalidation.selector() instanceof Selector.Keys keys
                                ? keys.keys().size()
                                : 1);
            }
        }
    }

    static String region(int number) {
        return "region-" + number;
    }

    Publisher publisher() {
        return publisher;
    }

    /** Returns how many keys, tags or prefixes all members together have evicted so far. */
    long applied() {
        return applied.sum();
    }

    /** Waits until all members together have evicted this many. Throws after a minute. */
    void awaitApplied(long total) {
        until(() -> applied() >= total);
    }

    static void until(BooleanSupplier condition) {
        long sinceNanos = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - sinceNanos > TIMEOUT_NANOS) {
                throw new IllegalStateException("A record was lost, or took longer than a minute");
            }
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public void close() {
        publisher.close();
        subscribers.forEach(Subscriber::close);
        caches.forEach(RegionCache::close);
    }
}
