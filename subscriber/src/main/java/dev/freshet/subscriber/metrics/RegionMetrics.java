package dev.freshet.subscriber.metrics;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.Subscriber;
import dev.freshet.cache.ServingState;
import dev.freshet.subscriber.region.BrokenPromise;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/** Shows how each region is doing at the moment of the scrape. */
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
                .description("How far off this process's idea of the Redis clock may be; NaN: unknown")
                .baseUnit("seconds")
                .strongReference(true)
                .register(registry);
        for (ServedRegion region : regions.all()) {
            for (BrokenPromise.Kind kind : BrokenPromise.Kind.values()) {
                Gauge.builder("freshet.promise.kept", region, r -> isKept(kind, r) ? 1 : 0)
                        .description("Whether a promise holds now; 0: the regions page says why not")
                        .tag("region", region.name())
                        .tag("promise", kind.label())
                        .strongReference(true)
                        .register(registry);
            }
            gauge("freshet.unconfirmed", "How long nothing has proven that all is applied", region, this::unconfirmed)
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
                            "Records that are known to exist and not applied",
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
            gauge("freshet.stale.copies", "Values that may stand in for loads that fail", region, r -> r.cache()
                            .stats()
                            .staleCopies())
                    .register(registry);
            gauge("freshet.load.waiters", "Reads that wait for another's load", region, r -> r.cache()
                            .stats()
                            .loadWaiters())
                    .register(registry);
            CacheMeters.bind(region, registry);
        }
    }

    /** The worst of all regions; unknown as long as one is. */
    private static boolean isKept(BrokenPromise.Kind kind, ServedRegion region) {
        return BrokenPromise.of(region).stream().noneMatch(broken -> broken.kind() == kind);
    }

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

    /** Before the first confirmation the process's own age: a number that a graph can show and a rule can compare. */
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
