package dev.freshet.micrometer;

import dev.freshet.FreshetObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Registers the meters of a client: of its publisher, its subscriber, every region while it is open, and the queue. The names and
 * labels are those of Freshet's applications, so that dashboards and alerts work for all; {@code docs/METRICS.md} lists them.
 *
 * <pre>{@code
 * Freshet freshet = Freshet.connect(FreshetConfig.of(uri).withObserver(FreshetMetrics.of(registry)));
 * }</pre>
 *
 * <p>Closing a region removes its meters, closing the client removes all. A registry has the meters of one client: {@link
 * dev.freshet.Freshet#connect(dev.freshet.FreshetConfig) connect} refuses a second one, unless both have a {@linkplain #withTags tag
 * of their own}. If the registry throws, the client works all the same: see {@link
 * dev.freshet.FreshetStats#observerFailures}.
 *
 * <p>Names of open regions are labels; keys and tags of entries never are. Immutable; safe to use from any thread.
 */
public final class FreshetMetrics implements FreshetObserver {

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<String> publishedRegions;
    private final Function<String, Tags> cacheTags;

    private FreshetMetrics(
            MeterRegistry registry, Tags tags, List<String> publishedRegions, Function<String, Tags> cacheTags) {
        this.registry = registry;
        this.tags = tags;
        this.publishedRegions = publishedRegions;
        this.cacheTags = cacheTags;
    }

    /** Metrics that are registered here. */
    public static FreshetMetrics of(MeterRegistry registry) {
        return new FreshetMetrics(
                Objects.requireNonNull(registry, "registry"), Tags.empty(), List.of(), region -> Tags.empty());
    }

    /**
     * Returns a copy all of whose meters have these tags as well, to keep several clients in one registry apart. Prometheus takes
     * meters of one name only with the same keys: give every client the same keys, with other values.
     *
     * @param keysAndValues in pairs: {@code withTags("client", "orders")}
     * @throws IllegalArgumentException if a value is missing
     */
    public FreshetMetrics withTags(String... keysAndValues) {
        return new FreshetMetrics(registry, tags.and(keysAndValues), publishedRegions, cacheTags);
    }

    /**
     * Returns a copy that counts these regions each by itself, also while they are not open here. All others to which the client
     * publishes without having them open are counted together, as region {@code other}.
     */
    public FreshetMetrics withPublishedRegions(String... regions) {
        return new FreshetMetrics(registry, tags, List.of(regions), cacheTags);
    }

    /**
     * Returns a copy whose meters of Micrometer's own names, {@code cache.…}, have these tags besides {@code cache}. Prometheus takes
     * meters of one name only with the same keys: where others measure their caches too, as Spring Boot does, give the keys that they
     * have.
     *
     * @param tags returns a region's tags, with the same keys for all regions; called when a region is opened
     */
    public FreshetMetrics withCacheTags(Function<String, ? extends Iterable<Tag>> tags) {
        Objects.requireNonNull(tags, "tags");
        return new FreshetMetrics(registry, this.tags, publishedRegions, region -> Tags.of(tags.apply(region)));
    }

    /**
     * Prepares the meters of a client.
     *
     * @throws IllegalStateException if the registry has the meters of a client, a publisher or a subscriber with these tags
     */
    @Override
    public Observation begin() {
        MeterGroup ofPublisher = MeterGroup.claim(registry, tags, "publisher");
        try {
            return new ClientMeters(
                    ofPublisher, MeterGroup.claim(registry, tags, "subscriber"), publishedRegions, cacheTags);
        } catch (RuntimeException refused) {
            ofPublisher.remove();
            throw refused;
        }
    }
}
