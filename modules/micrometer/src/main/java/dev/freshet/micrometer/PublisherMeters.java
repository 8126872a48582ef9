package dev.freshet.micrometer;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The meters of one publisher: give it to {@link Publisher#connect(dev.freshet.bus.PublisherConfig, PublisherListener)} as the
 * listener, then let it {@link #watch} the publisher. {@link FreshetMetrics} does both. Safe to use from any thread.
 *
 * <p>Callers of a publisher choose the names of regions, so at most a given number of them become labels; the others share
 * {@code other}.
 */
public final class PublisherMeters implements PublisherListener, AutoCloseable {

    private static final String OTHER = "other";

    /** From 100 µs, about what a local Redis takes, to 5 s, beyond the default of the command timeout. */
    private static final long[] APPEND_BUCKETS_MICROS = {
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
        5_000_000
    };

    private static final class RegionCounts {
        final MeterGroup meters;
        final LongAdder invalidations = new LongAdder();
        final LongAdder records = new LongAdder();
        final LongAdder duplicates = new LongAdder();
        final LongAdder epochs = new LongAdder();

        RegionCounts(MeterGroup meters) {
            this.meters = meters;
            Shared.invalidations(meters, Side.PUBLISHER, invalidations);
            Shared.records(meters, Side.PUBLISHER, records);
            counter(
                    meters,
                    "freshet.publisher.duplicates",
                    "Invalidations dropped because an equal one is in the same append",
                    duplicates);
            counter(meters, "freshet.publisher.epochs", "Epochs that began with an append of this process", epochs);
        }
    }

    private final MeterGroup meters;
    private final int maximumRegions;
    private final Map<String, RegionCounts> regions = new ConcurrentHashMap<>();
    private final RegionCounts otherRegions;
    private final Map<UnavailableException.Reason, LongAdder> refused =
            new EnumMap<>(UnavailableException.Reason.class);
    private final Timer append;
    private final LongAdder changedInFuture = new LongAdder();
    private final LongAdder appendedAgain = new LongAdder();
    private final LongAdder unprovenInvalidated = new LongAdder();
    private final LongAdder unprovenForgotten = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder handedBack = new LongAdder();
    private final LongAdder connections = new LongAdder();
    private final LongAdder disconnections = new LongAdder();

    /**
     * Registers the meters that count.
     *
     * @param knownRegions regions whose counters are there, at 0, before the first change
     * @param maximumRegions how many regions get a label of their own; at least the known ones do
     * @throws IllegalStateException if the registry has the meters of a publisher already
     */
    public PublisherMeters(MeterRegistry registry, Collection<String> knownRegions, int maximumRegions) {
        this(MeterGroup.claim(registry, Tags.empty(), "publisher"), knownRegions, maximumRegions);
    }

    PublisherMeters(MeterGroup meters, Collection<String> knownRegions, int maximumRegions) {
        this.meters = meters;
        this.maximumRegions = Math.max(maximumRegions, knownRegions.size());
        this.otherRegions = new RegionCounts(meters.with("region", OTHER));
        knownRegions.forEach(this::add);
        for (UnavailableException.Reason reason : UnavailableException.Reason.values()) {
            LongAdder count = new LongAdder();
            refused.put(reason, count);
            meters.counter(
                    "freshet.publisher.refused",
                    "Changes refused, by reason",
                    count,
                    LongAdder::sum,
                    "reason",
                    reason.label());
        }
        append = meters.timer("freshet.append", "Round trips that appended records", APPEND_BUCKETS_MICROS);
        counter(meters, "freshet.changed.in.future", "Changes that claimed a time in the future", changedInFuture);
        counter(
                meters,
                "freshet.publisher.appended.again",
                "Records appended again because the server's identity changed",
                appendedAgain);
        unproven("invalidated", unprovenInvalidated);
        unproven("forgotten", unprovenForgotten);
        counter(
                meters,
                "freshet.publisher.regions.expired",
                "Regions that this process removed from Redis, because nobody used them",
                expired);
        counter(
                meters,
                "freshet.publisher.handed.back",
                "Appends that a caller sent itself without getting an answer; the appending thread sent them again",
                handedBack);
        counter(meters, "freshet.publisher.connections", "Connections to Redis that were established", connections);
        counter(
                meters,
                "freshet.publisher.disconnections",
                "Connections to Redis that were lost or could not be established",
                disconnections);
    }

    private static void counter(MeterGroup meters, String name, String description, LongAdder count) {
        meters.counter(name, description, count, LongAdder::sum);
    }

    private void unproven(String outcome, LongAdder count) {
        meters.counter(
                "freshet.publisher.unproven.regions",
                "Regions whose acknowledged records may be lost with a former server and are not kept any more",
                count,
                LongAdder::sum,
                "outcome",
                outcome);
    }

    /** Registers the meters that ask the publisher itself. To be called once. */
    public void watch(Publisher publisher) {
        Shared.foreignCodeFailures(meters, Side.PUBLISHER, "listener", publisher, Publisher::listenerFailures);
        Shared.misconfigured(meters, Side.PUBLISHER, publisher, Publisher::misconfiguration);
        Shared.clockError(meters, Side.PUBLISHER, publisher, PublisherMeters::clockErrorSeconds);
        meters.gauge(
                "freshet.publisher.queue.invalidations",
                "Invalidations that wait to be appended",
                null,
                publisher,
                Publisher::queuedInvalidations);
        meters.gauge(
                "freshet.publisher.acknowledged.bytes",
                "Bytes of acknowledged records that are kept to append them again after a failover",
                null,
                publisher,
                Publisher::acknowledgedBytes);
    }

    private static double clockErrorSeconds(Publisher publisher) {
        OptionalLong error = publisher.time().errorMicros();
        return error.isPresent() ? error.getAsLong() / 1e6 : Double.NaN;
    }

    /** Gives a region a label of its own, until it is removed. */
    void add(String region) {
        if (!region.equals(OTHER)) {
            regions.computeIfAbsent(region, this::countsOf);
        }
    }

    /** Takes a region's label away. */
    void remove(String region) {
        RegionCounts removed = regions.remove(region);
        if (removed != null) {
            removed.meters.remove();
        }
    }

    private RegionCounts countsOf(String region) {
        return new RegionCounts(meters.with("region", region));
    }

    private RegionCounts of(String region) {
        RegionCounts counts = regions.get(region);
        if (counts != null) {
            return counts;
        }
        // Threads that race may add a few more than the maximum.
        return regions.size() >= maximumRegions || region.equals(OTHER)
                ? otherRegions
                : regions.computeIfAbsent(region, this::countsOf);
    }

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        RegionCounts counts = of(region);
        counts.records.add(records);
        counts.invalidations.add(invalidations);
        append.record(elapsedNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        of(region).duplicates.add(duplicates);
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        LongAdder count = refused.get(reason);
        if (count != null) {
            count.add(changes);
        }
    }

    @Override
    public void changedInFuture(String region) {
        changedInFuture.increment();
    }

    @Override
    public void epochBegan(String region) {
        of(region).epochs.increment();
    }

    @Override
    public void appendedAgain(String region, int records) {
        appendedAgain.add(records);
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        (isInvalidated ? unprovenInvalidated : unprovenForgotten).increment();
    }

    @Override
    public void regionExpired(String region) {
        expired.increment();
    }

    @Override
    public void handedBack(String region) {
        handedBack.increment();
    }

    @Override
    public void connected(String node) {
        connections.increment();
    }

    @Override
    public void disconnected(String node, String why) {
        disconnections.increment();
    }

    /** Removes all meters. */
    @Override
    public void close() {
        meters.remove();
    }
}
