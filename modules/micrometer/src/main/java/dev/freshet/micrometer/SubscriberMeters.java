package dev.freshet.micrometer;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.schema.Decoded;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one subscriber and its regions: {@link #add} the regions, give this to {@link Subscriber#connect} as the listener,
 * then let it {@link #watch} the subscriber. {@link FreshetMetrics} does all of it. Safe to use from any thread.
 *
 * <p>The threads that evict call its listener methods, so these only add to numbers in memory and record times.
 */
public final class SubscriberMeters implements SubscriberListener, AutoCloseable {

    private final MeterGroup meters;
    private final Function<String, Tags> cacheTags;
    private final Map<String, RegionMeters> regions = new ConcurrentHashMap<>();
    private final LongAdder connections = new LongAdder();
    private final LongAdder disconnections = new LongAdder();
    private final LongAdder heartbeatFailures = new LongAdder();

    /** Those of the caches of regions that are removed: a counter must not decrease. */
    private final LongAdder formerListenerFailures = new LongAdder();

    private volatile @Nullable Subscriber subscriber;

    /**
     * Registers the meters that are of no region.
     *
     * @throws IllegalStateException if the registry has the meters of a subscriber already
     */
    public SubscriberMeters(MeterRegistry registry) {
        this(MeterGroup.claim(registry, Tags.empty(), "subscriber"), region -> Tags.empty());
    }

    SubscriberMeters(MeterGroup meters, Function<String, Tags> cacheTags) {
        this.meters = meters;
        this.cacheTags = cacheTags;
        meters.counter("freshet.connections", "Subscriptions that were established", connections, LongAdder::sum);
        meters.counter(
                "freshet.disconnections", "Subscriptions that were lost or abandoned", disconnections, LongAdder::sum);
        meters.counter("freshet.heartbeat.failures", "Heartbeats that failed", heartbeatFailures, LongAdder::sum);
    }

    /**
     * Registers the meters of a region. Every counter starts at 0, so that the first event shows as an increase. To be called before
     * the subscriber follows the region: what it does before that is not counted.
     *
     * @param tier the region's values in Redis; null if it has none there
     */
    public void add(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
        MeterGroup ofRegion = meters.with();
        RegionMeters added;
        try {
            added = new RegionMeters(region, tier, ofRegion, cacheTags.apply(region.region()), () -> subscriber);
        } catch (Throwable refused) {
            ofRegion.remove();
            throw refused;
        }
        regions.put(region.region(), added);
    }

    /** Removes the meters of a region that is not followed any more. */
    void remove(String region) {
        RegionMeters removed = regions.remove(region);
        if (removed != null) {
            formerListenerFailures.add(removed.listenerFailures());
            removed.remove();
        }
    }

    /**
     * Registers the meters that ask the subscriber itself. To be called once.
     *
     * @param misconfiguration what somebody must mend before the subscriber and its regions' tiers work, as {@link
     *     Subscriber#misconfiguration}
     */
    public void watch(Subscriber subscriber, Function<Subscriber, @Nullable String> misconfiguration) {
        this.subscriber = subscriber;
        Shared.misconfigured(meters, Side.SUBSCRIBER, subscriber, misconfiguration);
        Shared.clockError(meters, Side.SUBSCRIBER, this, SubscriberMeters::clockErrorSeconds);
        Shared.foreignCodeFailures(meters, Side.SUBSCRIBER, "listener", this, SubscriberMeters::listenerFailures);
        Shared.foreignCodeFailures(meters, Side.SUBSCRIBER, "reader", subscriber, Subscriber::readerFailures);
    }

    private long listenerFailures() {
        Subscriber watched = subscriber;
        long ofCaches = regions.values().stream()
                .mapToLong(RegionMeters::listenerFailures)
                .sum();
        return (watched == null ? 0 : watched.listenerFailures()) + formerListenerFailures.sum() + ofCaches;
    }

    /** Returns the largest error of all regions; NaN if that of one region is unknown, or if there is no region. */
    private double clockErrorSeconds() {
        return regions.values().stream()
                .mapToDouble(RegionMeters::clockErrorSeconds)
                .reduce(Math::max) // NaN if one is
                .orElse(Double.NaN);
    }

    @Override
    public void applied(
            String region, LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        RegionMeters counted = regions.get(region);
        if (counted != null) {
            counted.applied(record, receivedAtMicros, evictedAtMicros, replayed);
        }
    }

    @Override
    public void duplicate(String region) {
        count(region, RegionMeters::duplicate);
    }

    @Override
    public void gap(String region) {
        count(region, RegionMeters::gap);
    }

    @Override
    public void refused(String region, Decoded.Refusal refusal) {
        count(region, counted -> counted.refused(refusal));
    }

    @Override
    public void bufferOverflowed(String region) {
        count(region, RegionMeters::bufferOverflowed);
    }

    private void count(String region, Consumer<RegionMeters> event) {
        RegionMeters counted = regions.get(region);
        if (counted != null) {
            event.accept(counted);
        }
    }

    @Override
    public void connected(String node) {
        connections.increment();
    }

    @Override
    public void disconnected(String node, String why) {
        disconnections.increment();
    }

    @Override
    public void heartbeatFailed(String node, String why) {
        heartbeatFailures.increment();
    }

    /** Removes all meters. */
    @Override
    public void close() {
        meters.remove();
    }
}
