package dev.freshet.micrometer;

import dev.freshet.Freshet;
import dev.freshet.FreshetObserver;
import dev.freshet.FreshetStats;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one client. Each call does as much as the registry lets it; what the registry throws is the client's to contain.
 */
final class ClientMeters implements FreshetObserver.Observation {

    private final MeterGroup ofPublisher;
    private final MeterGroup ofSubscriber;
    private final MeterGroup ofQueue;
    private final List<String> publishedRegions;
    private final Function<String, Tags> cacheTags;

    // Null where the registry threw.
    private volatile @Nullable PublisherMeters publisher;
    private volatile @Nullable SubscriberMeters subscriber;

    /** @param cacheTags returns further tags of a region's {@code cache.…} */
    ClientMeters(
            MeterGroup ofPublisher,
            MeterGroup ofSubscriber,
            List<String> publishedRegions,
            Function<String, Tags> cacheTags) {
        this.ofPublisher = ofPublisher;
        this.ofSubscriber = ofSubscriber;
        this.ofQueue = ofPublisher.with();
        this.publishedRegions = publishedRegions;
        this.cacheTags = cacheTags;
    }

    @Override
    public PublisherListener publisherListener() {
        PublisherMeters meters = new PublisherMeters(ofPublisher, publishedRegions, 0);
        publisher = meters;
        return meters;
    }

    @Override
    public SubscriberListener subscriberListener() {
        SubscriberMeters meters = new SubscriberMeters(ofSubscriber, cacheTags);
        subscriber = meters;
        return meters;
    }

    @Override
    public void connected(Freshet freshet, Subscriber following) {
        Steps.takeAll(List.of(
                () -> {
                    if (publisher != null) {
                        publisher.watch(freshet.publisher());
                    }
                },
                () -> {
                    if (subscriber != null) {
                        subscriber.watch(following, asked -> ofSubscriberAndTier(freshet, asked));
                    }
                },
                () -> registerQueue(freshet)));
    }

    /** Returns what somebody must mend before regions can be followed, or values be read from Redis. */
    private static @Nullable String ofSubscriberAndTier(Freshet freshet, Subscriber following) {
        return freshet.publisher().misconfiguration() == null
                ? freshet.misconfiguration()
                : following.misconfiguration();
    }

    private void registerQueue(Freshet freshet) {
        Shared.foreignCodeFailures(ofQueue, Side.SUBSCRIBER, "observer", freshet, asked -> asked.stats()
                .observerFailures());
        counter(
                "freshet.client.logged",
                "Invalidations in the log when the caller was answered",
                FreshetStats::logged,
                freshet);
        counter(
                "freshet.client.not.applied",
                "Invalidations in the log that were not applied here in time",
                FreshetStats::notAppliedHere,
                freshet);
        counter(
                "freshet.client.queued",
                "Invalidations that Redis did not acknowledge in time, and that were queued",
                FreshetStats::queued,
                freshet);
        counter(
                "freshet.client.queue.retries",
                "Times that the queue was sent again",
                FreshetStats::queueRetries,
                freshet);
        counter(
                "freshet.client.queue.drained",
                "Changes from the queue that Redis acknowledged",
                FreshetStats::queueDrained,
                freshet);
        counter(
                "freshet.client.queue.overflows",
                "Changes without room in the queue, so that their whole region is invalidated",
                FreshetStats::queueOverflows,
                freshet);
        counter(
                "freshet.client.queue.refused",
                "Changes from the queue that were refused for good",
                FreshetStats::queueRefused,
                freshet);
        ofQueue.gauge(
                "freshet.client.queue.changes", "Changes that wait in the queue", null, freshet, asked -> asked.stats()
                        .queueChanges());
        ofQueue.gauge(
                "freshet.client.queue.oldest",
                "How long the oldest change in the queue has waited",
                "seconds",
                freshet,
                asked -> asked.stats().queueOldestNanos() / 1e9);
    }

    private void counter(String name, String description, ToLongFunction<FreshetStats> value, Freshet freshet) {
        ofQueue.counter(name, description, freshet, asked -> value.applyAsLong(asked.stats()));
    }

    @Override
    public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
        Steps.takeAll(List.of(
                () -> {
                    if (publisher != null) {
                        publisher.add(region.region());
                    }
                },
                () -> {
                    if (subscriber != null) {
                        subscriber.add(region, tier);
                    }
                }));
    }

    @Override
    public void closed(String region) {
        Steps.takeAll(List.of(
                () -> {
                    if (publisher != null && !publishedRegions.contains(region)) {
                        publisher.remove(region);
                    }
                },
                () -> {
                    if (subscriber != null) {
                        subscriber.remove(region);
                    }
                }));
    }

    @Override
    public void closed() {
        Steps.takeAll(List.of(ofPublisher::remove, ofSubscriber::remove));
    }
}
