package dev.freshet.micrometer;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.awaitility.Awaitility;

/** The regions that tests measure, and what they look for in a registry. */
final class Clients {

    private Clients() {}

    static RegionOptions<String> options() {
        return RegionOptions.<String>maximumEntries(100).cache(cache -> cache.countStaleHits(true));
    }

    /** Opens a region, and waits until it is confirmed. */
    static Region<String> ready(Freshet freshet, String name) {
        return ready(freshet, name, options());
    }

    static Region<String> ready(Freshet freshet, String name, RegionOptions<String> options) {
        Region<String> region = freshet.region(name, options);
        Awaitility.await().until(() -> region.ready().isDone());
        return region;
    }

    /** Returns the value of the one meter with this name and these labels. */
    static double value(MeterRegistry registry, String name, String... labels) {
        return registry.get(name)
                .tags(labels)
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    /** Returns all meters, as their names and labels. */
    static List<String> meters(MeterRegistry registry) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> id.getName() + id.getTags())
                .sorted()
                .toList();
    }
}
