package dev.freshet.subscriber.http;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.CacheStats;
import dev.freshet.schema.Position;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.region.BrokenPromise;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.ServedRegion;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Writes the answers of {@code GET /v1/regions}. */
public final class RegionReport {

    private RegionReport() {}

    /** Returns the reports of the regions that the caller may see. */
    static JsonObject ofAll(Regions regions, Caller caller) {
        JsonArray list = new JsonArray();
        regions.all().stream()
                .filter(region -> caller.may(Right.READ, region.name()))
                .forEach(region -> list.add(of(region)));
        return new JsonObject().put("regions", list);
    }

    /** Returns the broken promises of all regions, for {@code /health/ready}. */
    public static JsonArray brokenPromises(Regions regions) {
        JsonArray broken = new JsonArray();
        for (ServedRegion region : regions.all()) {
            for (BrokenPromise promise : BrokenPromise.of(region)) {
                broken.add(toJson(promise).put("region", region.name()));
            }
        }
        return broken;
    }

    private static JsonObject toJson(BrokenPromise promise) {
        return new JsonObject().put("promise", promise.promise()).put("why", promise.why());
    }

    static JsonObject of(ServedRegion region) {
        CacheStats stats = region.cache().stats();
        RegionSubscription subscription = region.subscription();
        Confirmation confirmation = subscription.confirmation();
        Position position = subscription.position();
        long confirmedAgeNanos = confirmation.ageNanos();
        JsonObject report = new JsonObject()
                .put("region", region.name())
                .put("state", region.cache().state().label())
                .put("subscription", subscription.state().name().toLowerCase(Locale.ROOT))
                .put("position", position == null ? null : position.toString())
                .put("lagRecords", subscription.lagRecords())
                .put("members", subscription.liveMembers());
        if (confirmedAgeNanos == Confirmation.NEVER) {
            report.putNull("confirmedAt").putNull("confirmedAgeSeconds");
        } else {
            Instant confirmedAt = Instant.EPOCH.plus(confirmation.confirmedAtMicros(), ChronoUnit.MICROS);
            report.put("confirmedAt", confirmedAt.toString()).put("confirmedAgeSeconds", confirmedAgeNanos / 1e9);
        }
        JsonArray broken = new JsonArray();
        BrokenPromise.of(region).forEach(promise -> broken.add(toJson(promise)));
        report.put("cannotPromise", broken);
        return report.put("size", stats.entries())
                .put("sizeBytes", stats.weightBytes())
                .put("hits", stats.hits())
                .put("misses", stats.misses())
                .put("stores", stats.stores())
                .put("leases", stats.leases())
                .put("broadInvalidations", stats.broadInvalidations())
                .put("sparedEntries", stats.sparedEntries())
                .put("staleCopies", stats.staleCopies());
    }
}
