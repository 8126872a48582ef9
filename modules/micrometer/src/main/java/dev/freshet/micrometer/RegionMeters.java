package dev.freshet.micrometer;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Promise;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.schema.Decoded;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Counts what the bus does for one region, and shows the state of its subscription. Safe to use from any thread. */
final class RegionMeters {

    private final CachedRegion<?> region;
    private final MeterGroup all;
    private final MeterGroup meters;
    private final Supplier<@Nullable Subscriber> subscriber;
    private final StaleWindow staleWindow;
    private final long sinceNanos = System.nanoTime();

    private final LongAdder records = new LongAdder();
    private final LongAdder invalidations = new LongAdder();
    private final LongAdder replayedRecords = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder gaps = new LongAdder();
    private final LongAdder bufferOverflows = new LongAdder();
    private final Map<Decoded.Refusal, LongAdder> refusals = new EnumMap<>(Decoded.Refusal.class);

    private volatile double publisherClockErrorSeconds = Double.NaN;
    private volatile @Nullable RegionSubscription followed;

    /**
     * Registers the meters.
     *
     * @param tier the region's values in Redis; null if it has none there
     * @param all gets all meters
     * @param cacheTags further tags of those that every cache has
     * @param subscriber who follows the region; null before it is known
     */
    RegionMeters(
            CachedRegion<?> region,
            RedisTier.@Nullable Region tier,
            MeterGroup all,
            Tags cacheTags,
            Supplier<@Nullable Subscriber> subscriber) {
        this.region = region;
        this.all = all;
        this.meters = all.with("region", region.region());
        this.subscriber = subscriber;
        this.staleWindow = new StaleWindow(meters);
        registerCounts();
        registerState();
        CacheMeters.register(
                region.local(),
                meters,
                all.with(Tags.of("cache", region.region()).and(cacheTags)));
        if (tier != null) {
            TierMeters.register(region, tier, meters);
        }
    }

    private void registerCounts() {
        Shared.records(meters, Side.SUBSCRIBER, records);
        Shared.invalidations(meters, Side.SUBSCRIBER, invalidations);
        counter("freshet.replayed.records", "Records that were missed live and read from the log", replayedRecords);
        counter("freshet.duplicate.records", "Records that had already been applied", duplicates);
        counter("freshet.gaps", "Gaps: times that records were missing", gaps);
        counter(
                "freshet.buffer.overflows",
                "Times that more live records arrived during a replay than may be held",
                bufferOverflows);
        for (Decoded.Refusal refusal : Decoded.Refusal.values()) {
            LongAdder count = new LongAdder();
            refusals.put(refusal, count);
            meters.counter(
                    "freshet.refused.records",
                    "Records that could not be read",
                    count,
                    LongAdder::sum,
                    "reason",
                    refusal.name().toLowerCase(Locale.ROOT));
        }
    }

    private void counter(String name, String description, LongAdder count) {
        meters.counter(name, description, count, LongAdder::sum);
    }

    private void registerState() {
        meters.gauge(
                "freshet.publisher.clock.error",
                "Clock error that the publisher of the last record stated; NaN: unknown",
                "seconds",
                this,
                shown -> shown.publisherClockErrorSeconds);
        for (Promise promise : Promise.values()) {
            meters.gauge(
                    "freshet.promise.kept",
                    "Whether a promise holds now",
                    null,
                    this,
                    shown -> shown.isKept(promise) ? 1 : 0,
                    "promise",
                    promise.label());
        }
        meters.gauge(
                "freshet.unconfirmed",
                "Time since the last confirmation",
                "seconds",
                this,
                RegionMeters::unconfirmedSeconds);
        meters.gauge(
                "freshet.confirmed",
                "Whether the region is confirmed within its bound",
                null,
                region,
                shown -> shown.local().state() == ServingState.CONFIRMED ? 1 : 0);
        meters.gauge(
                "freshet.position.lag",
                "Records that are known to exist and are not applied",
                "records",
                this,
                shown -> shown.ofSubscription(RegionSubscription::lagRecords));
        meters.gauge(
                "freshet.members",
                "Live members of the region, this one included",
                null,
                this,
                shown -> shown.ofSubscription(RegionSubscription::liveMembers));
    }

    /** Returns the region's subscription; null while it is not followed. */
    private @Nullable RegionSubscription subscription() {
        RegionSubscription found = followed;
        Subscriber asked = subscriber.get();
        if (found == null && asked != null) {
            found = asked.regions().get(region.region());
            followed = found;
        }
        return found;
    }

    private double ofSubscription(ToDoubleFunction<RegionSubscription> value) {
        RegionSubscription subscription = subscription();
        return subscription == null ? 0 : value.applyAsDouble(subscription);
    }

    private boolean isKept(Promise promise) {
        RegionSubscription subscription = subscription();
        RegionCache<?> cache = region.local();
        return subscription != null && promise.isKept(cache, subscription);
    }

    /** Before the first confirmation this is the region's age, so that a graph can show it and a rule can compare it. */
    private double unconfirmedSeconds() {
        RegionSubscription subscription = subscription();
        long ageNanos = subscription == null
                ? Confirmation.NEVER
                : subscription.confirmation().ageNanos();
        return (ageNanos == Confirmation.NEVER ? System.nanoTime() - sinceNanos : ageNanos) / 1e9;
    }

    double clockErrorSeconds() {
        RegionSubscription subscription = subscription();
        OptionalLong micros = subscription == null ? OptionalLong.empty() : subscription.clockErrorMicros();
        return micros.isPresent() ? micros.getAsLong() / 1e6 : Double.NaN;
    }

    /** Returns how many calls of the cache's listener failed. */
    long listenerFailures() {
        return region.local().stats().listenerFailures();
    }

    // ---- What the bus tells

    void applied(LoggedRecord record, long receivedAtMicros, long evictedAtMicros, boolean replayed) {
        records.increment();
        invalidations.add(record.body().invalidations().size());
        if (replayed) {
            replayedRecords.increment();
        }
        OptionalLong errorMicros = record.body().clockErrorMicros();
        publisherClockErrorSeconds = errorMicros.isPresent() ? errorMicros.getAsLong() / 1e6 : Double.NaN;
        staleWindow.record(record, receivedAtMicros, evictedAtMicros);
    }

    void duplicate() {
        duplicates.increment();
    }

    void gap() {
        gaps.increment();
    }

    void refused(Decoded.Refusal refusal) {
        LongAdder count = refusals.get(refusal);
        if (count != null) {
            count.increment();
        }
    }

    void bufferOverflowed() {
        bufferOverflows.increment();
    }

    /** Removes all meters. */
    void remove() {
        all.remove();
    }
}
