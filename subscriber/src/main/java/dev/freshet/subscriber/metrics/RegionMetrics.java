package dev.freshet.subscriber.metrics;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.Subscriber;
import dev.freshet.cache.ServingState;
import dev.freshet.subscriber.region.BrokenPromise;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/** Shows the state of each region at the moment of the scrape. */
public final class RegionMetrics {

    private final Subscriber subscriber;
    private final Regions regions;
    private final long startNanos = System.nanoTime();

    public RegionMetrics(Subscriber subscriber, Regions regions) {
        this.subscriber = subscriber;
        this.regions = regions;
    }

    /** Registers all gauges. */
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("freshet.clock.error", this, RegionMetrics::clockErrorSeconds)
                .description("Error of this process's estimate of the Redis clock, at most; NaN: unknown")
                .baseUnit("seconds")
                .strongReference(true)
                .register(registry);
        foreignCodeFailures("listener", RegionMetrics::listenerFailures, registry);
        foreignCodeFailures("reader", metrics -> metrics.subscriber.readerFailures(), registry);
        for (ServedRegion region : regions.all()) {
            for (BrokenPromise.Kind kind : BrokenPromise.Kind.values()) {
                Gauge.builder("freshet.promise.kept", region, r -> isKept(kind, r) ? 1 : 0)
                        .description("Whether a promise holds now; 0: GET /v1/regions says why not")
                        .tag("region", region.name())
                        .tag("promise", kind.label())
                        .strongReference(true)
                        .register(registry);
            }
            gauge("freshet.unconfirmed", "Time since the last confirmation", region, this::unconfirmed)
                    .baseUnit("seconds")
                    .register(registry);
            gauge(
                            "freshet.confirmed",
                            "Whether the region is confirmed within its bound",
                            region,
                            r -> r.cache().state() == ServingState.CONFIRMED ? 1 : 0)
                    .register(registry);
            gauge(
                            "freshet.position.lag",
                            "Records that are known to exist and are not applied",
                            region,
                            r -> r.subscription().lagRecords())
                    .baseUnit("records")
                    .register(registry);
            gauge("freshet.members", "Live members of the region, this one included", region, r -> r.subscription()
                            .liveMembers())
                    .register(registry);
            gauge("freshet.leases", "Leases that are outstanding", region, r -> r.cache()
                            .stats()
                            .leases())
                    .register(registry);
            gauge(
                            "freshet.broad.invalidations",
                            "Tags and prefixes that are remembered as invalidated",
                            region,
                            r -> r.cache().stats().broadInvalidations())
                    .register(registry);
            gauge(
                            "freshet.spared.entries",
                            "Entries from before a reset that are still served, as last counted",
                            region,
                            r -> r.cache().stats().sparedEntries())
                    .register(registry);
            gauge("freshet.evict.again.pending", "Names that wait for their second eviction", region, r -> r.cache()
                            .stats()
                            .evictAgainPending())
                    .register(registry);
            gauge("freshet.stale.copies", "Stale values that may replace a load that fails", region, r -> r.cache()
                            .stats()
                            .staleCopies())
                    .register(registry);
            gauge("freshet.load.waiters", "Reads that wait for another load of their key", region, r -> r.cache()
                            .stats()
                            .loadWaiters())
                    .register(registry);
            CacheMeters.bind(region, registry);
        }
    }

    private void foreignCodeFailures(String code, ToDoubleFunction<RegionMetrics> count, MeterRegistry registry) {
        FunctionCounter.builder("freshet.foreign.code.failures", this, count)
                .description("Calls of listeners and readers that failed")
                .tag("code", code)
                .register(registry);
    }

    private long listenerFailures() {
        long ofCaches = regions.all().stream()
                .mapToLong(region -> region.cache().stats().listenerFailures())
                .sum();
        return subscriber.listenerFailures() + ofCaches;
    }

    private static boolean isKept(BrokenPromise.Kind kind, ServedRegion region) {
        return BrokenPromise.of(region).stream().noneMatch(broken -> broken.kind() == kind);
    }

    /** Returns the largest error of all regions; NaN if that of one region is unknown. */
    private double clockErrorSeconds() {
        double worst = 0;
        for (ServedRegion region : regions.all()) {
            RedisTime time = subscriber.time(region.name());
            OptionalLong micros = time.errorMicros();
            worst = micros.isPresent() ? Math.max(worst, micros.getAsLong() / 1e6) : Double.NaN;
            if (Double.isNaN(worst)) {
                return worst;
            }
        }
        return worst;
    }

    /** Before the first confirmation this is the process's age, so that a graph can show it and a rule can compare it. */
    private double unconfirmed(ServedRegion region) {
        long ageNanos = region.subscription().confirmation().ageNanos();
        return (ageNanos == Confirmation.NEVER ? System.nanoTime() - startNanos : ageNanos) / 1e9;
    }

    private static Gauge.Builder<ServedRegion> gauge(
            String name, String description, ServedRegion region, ToDoubleFunction<ServedRegion> value) {
        return Gauge.builder(name, region, value)
                .description(description)
                .strongReference(true)
                .tag("region", region.name());
    }
}
