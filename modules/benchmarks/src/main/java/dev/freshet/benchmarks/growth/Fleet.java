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

/** A publisher and subscribers in this process, each with its own connections and caches, and a count of what was evicted. */
final class Fleet implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
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

    /** Keys, or other names, that were evicted so far, by all members together. */
    long applied() {
        return applied.sum();
    }

    /** Waits until the members evicted so many in all; fails if that does not happen. */
    void awaitApplied(long total) {
        until(() -> applied() >= total);
    }

    static void until(BooleanSupplier condition) {
        long sinceNanos = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - sinceNanos > PATIENCE_NANOS) {
                throw new IllegalStateException("something was lost, or takes longer than a minute");
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
