package dev.freshet.micrometer;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.patience.Patient;
import dev.freshet.cache.ValueCodec;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** What the tests connect with, and what they look for. */
final class Clients {

    /** An address at which nobody listens. */
    static final String NOBODY = "redis://127.0.0.1:1";

    static final ValueCodec<String> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(String value) {
            return value.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    private Clients() {}

    /** A configuration for tests about something else than slowness. */
    static FreshetConfig patient(String uri) {
        return FreshetConfig.of(uri)
                .withRedis(Patient.redis(uri))
                .withPublisher(it -> Patient.publisher(uri))
                .withSubscriber(it -> Patient.subscriber(uri))
                .withTier(it -> Patient.tier(uri))
                .withTimeout(Duration.ofSeconds(20));
    }

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
