package dev.freshet.publisher.metrics;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import dev.freshet.service.Problem;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts and logs what the publisher does. Clients choose the names of regions, so at most a configured number of them become
 * labels; the others share {@value #OTHER}. Safe to use from any thread.
 */
public final class PublisherMetrics implements PublisherListener {

    private static final Logger log = LoggerFactory.getLogger(PublisherMetrics.class);
    private static final String OTHER = "other";

    private record RegionMeters(Counter invalidations, Counter records, Counter duplicates, Counter epochs) {}

    private final MeterRegistry registry;
    private final int maximumRegions;
    private final Map<String, RegionMeters> regions = new ConcurrentHashMap<>();
    private final RegionMeters otherRegions;
    private final Map<UnavailableException.Reason, Counter> refused = new EnumMap<>(UnavailableException.Reason.class);
    private final Counter refusedInvalid;
    private final Counter refusedTooLarge;
    private final Counter refusedTooBroad;
    private final Timer append;
    private final Counter changedInFuture;
    private final Counter appendedAgain;
    private final Counter unprovenInvalidated;
    private final Counter unprovenForgotten;
    private final Counter handedBack;
    private final Counter connections;
    private final Counter disconnections;

    /**
     * @param knownRegions regions whose counters are there, at 0, before the first change
     * @param maximumRegions how many regions get a label of their own
     */
    public PublisherMetrics(MeterRegistry registry, List<String> knownRegions, int maximumRegions) {
        this.registry = registry;
        this.maximumRegions = Math.max(maximumRegions, knownRegions.size());
        this.otherRegions = metersOf(OTHER);
        knownRegions.forEach(region -> regions.put(region, metersOf(region)));
        for (UnavailableException.Reason reason : UnavailableException.Reason.values()) {
            refused.put(reason, refusedCounter(reason.label()));
        }
        refusedInvalid = refusedCounter("invalid");
        refusedTooLarge = refusedCounter("too-large");
        refusedTooBroad = refusedCounter("too-broad");
        append = Timer.builder("freshet.append")
                .description("Round trips that appended records")
                .serviceLevelObjectives(buckets())
                .register(registry);
        changedInFuture = counter("freshet.changed.in.future", "Changes that claimed a time in the future");
        appendedAgain = counter(
                "freshet.publisher.appended.again", "Records appended again because the server's identity changed");
        unprovenInvalidated = unprovenCounter("invalidated");
        unprovenForgotten = unprovenCounter("forgotten");
        handedBack = counter(
                "freshet.publisher.handed.back",
                "Appends that a caller sent itself without getting an answer; the appending thread sent them again");
        connections = counter("freshet.publisher.connections", "Connections to Redis that were established");
        disconnections = counter(
                "freshet.publisher.disconnections", "Connections to Redis that were lost or could not be established");
    }

    /** Registers the meters that ask the publisher and the HTTP server themselves. */
    public void watch(Publisher publisher, HttpLoad http) {
        Gauge.builder("freshet.publisher.http.connections", http, HttpLoad::openConnections)
                .description("Connections to the data port that are open")
                .register(registry);
        FunctionCounter.builder("freshet.publisher.http.connections.refused", http, HttpLoad::refusedConnections)
                .description("Connections to the data port that were closed because there were too many")
                .register(registry);
        FunctionCounter.builder("freshet.foreign.code.failures", publisher, Publisher::listenerFailures)
                .description("Calls of listeners and readers that failed")
                .tag("code", "listener")
                .register(registry);
        Gauge.builder("freshet.publisher.queue.invalidations", publisher, Publisher::queuedInvalidations)
                .description("Invalidations that wait to be appended")
                .register(registry);
        Gauge.builder("freshet.publisher.acknowledged.bytes", publisher, Publisher::acknowledgedBytes)
                .description("Bytes of acknowledged records that are kept to append them again after a failover")
                .register(registry);
        Gauge.builder("freshet.publisher.request.bytes", http, HttpLoad::requestBytes)
                .description("Bytes that requests in flight hold")
                .register(registry);
        Gauge.builder("freshet.redis.misconfigured", publisher, p -> p.misconfiguration() == null ? 0 : 1)
                .description("1 while somebody must mend how Redis is accessed; /health/ready says what")
                .register(registry);
        Gauge.builder("freshet.clock.error.seconds", publisher, PublisherMetrics::clockErrorSeconds)
                .description("By how much the estimate of the Redis clock may be wrong; NaN while unknown")
                .register(registry);
    }

    /** Counts a refused request by its problem, unless the bus refused it: the bus reports that itself. */
    public void refused(Problem problem) {
        if (problem.type().equals("too-broad")) {
            refusedTooBroad.increment();
        } else if (problem.status() == 413) {
            refusedTooLarge.increment();
        } else if (problem.status() < 500) {
            refusedInvalid.increment();
        }
    }

    @Override
    public void appended(String region, int records, int invalidations, long elapsedNanos) {
        RegionMeters meters = of(region);
        meters.records().increment(records);
        meters.invalidations().increment(invalidations);
        append.record(elapsedNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void duplicatesDropped(String region, int duplicates) {
        of(region).duplicates().increment(duplicates);
    }

    @Override
    public void refused(UnavailableException.Reason reason, int changes) {
        Counter counter = refused.get(reason);
        if (counter != null) {
            counter.increment(changes);
        }
    }

    @Override
    public void changedInFuture(String region) {
        changedInFuture.increment();
    }

    @Override
    public void epochBegan(String region) {
        of(region).epochs().increment();
        log.info("a new epoch of region {} began", region);
    }

    @Override
    public void appendedAgain(String region, int records) {
        appendedAgain.increment(records);
        log.warn("the Redis server has changed; appended {} acknowledged records of region {} again", records, region);
    }

    @Override
    public void recordsUnproven(String region, boolean isInvalidated) {
        if (isInvalidated) {
            unprovenInvalidated.increment(); // The bus has logged it.
        } else {
            unprovenForgotten.increment();
            log.warn(
                    "region {}: acknowledged records are not kept any more, and too many regions are remembered",
                    region);
        }
    }

    @Override
    public void handedBack(String region) {
        handedBack.increment();
    }

    @Override
    public void connected(String node) {
        connections.increment();
        log.info("connected to Redis at {}", node);
    }

    @Override
    public void disconnected(String node, String why) {
        disconnections.increment(); // The bus has logged it.
    }

    private RegionMeters of(String region) {
        RegionMeters meters = regions.get(region);
        if (meters != null) {
            return meters;
        }
        // Threads that race may add a few more than the maximum.
        return regions.size() >= maximumRegions ? otherRegions : regions.computeIfAbsent(region, this::metersOf);
    }

    private RegionMeters metersOf(String region) {
        return new RegionMeters(
                regionCounter("freshet.invalidations", "Invalidations appended", region),
                regionCounter("freshet.records", "Records appended", region),
                regionCounter(
                        "freshet.publisher.duplicates",
                        "Invalidations dropped because an equal one is in the same append",
                        region),
                regionCounter("freshet.publisher.epochs", "Epochs that began with an append of this process", region));
    }

    private Counter regionCounter(String name, String description, String region) {
        return Counter.builder(name)
                .description(description)
                .tag("region", region)
                .register(registry);
    }

    private Counter refusedCounter(String reason) {
        return Counter.builder("freshet.publisher.refused")
                .description("Changes refused, by reason")
                .tag("reason", reason)
                .register(registry);
    }

    private Counter unprovenCounter(String outcome) {
        return Counter.builder("freshet.publisher.unproven.regions")
                .description(
                        "Regions whose acknowledged records may be lost with a former server and are not kept any more")
                .tag("outcome", outcome)
                .register(registry);
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private static double clockErrorSeconds(Publisher publisher) {
        OptionalLong error = publisher.time().errorMicros();
        return error.isPresent() ? error.getAsLong() / 1e6 : Double.NaN;
    }

    /** From 100 µs, about what a local Redis takes, to 5 s, beyond the default of {@code redis.command-timeout}. */
    private static Duration[] buckets() {
        long[] micros = {
            100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
            5_000_000
        };
        Duration[] buckets = new Duration[micros.length];
        for (int i = 0; i < micros.length; i++) {
            buckets[i] = Duration.ofNanos(micros[i] * 1000);
        }
        return buckets;
    }
}
