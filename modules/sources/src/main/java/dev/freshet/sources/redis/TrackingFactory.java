package dev.freshet.sources.redis;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.source.TrackingFeed;
import dev.freshet.bus.source.TrackingFeedConfig;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Selector;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;
import dev.freshet.sources.TrackingConfig;
import dev.freshet.sources.rules.Invalidated;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Creates sources that have Redis track keys. */
public final class TrackingFactory implements SourceFactory {

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.REDIS_TRACKING;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        TrackingConfig tracking = Objects.requireNonNull(config.tracking());
        String namespace = context.redis().namespace();
        RedisConfig redis =
                tracking.redis() == null ? context.redis() : tracking.redis().withNamespace(namespace);
        TrackingFeeds feeds = new TrackingFeeds(
                new TrackingFeedConfig(redis, config.name(), tracking.prefixes(), HEARTBEAT),
                new KeyRules(tracking.patterns(), config.rules()),
                config.rules().regions(),
                new Namespace(namespace, 0).prefix());
        return new FeedSource(
                config.name(),
                feeds,
                config.batch(),
                tracking.maximumPending(),
                context.publisher(),
                context.listener(),
                TimeSource.SYSTEM);
    }

    /**
     * Feeds of changed keys.
     *
     * @param own what Freshet's own keys begin with: they never count
     */
    private record TrackingFeeds(TrackingFeedConfig config, KeyRules rules, Set<String> regions, String own)
            implements FeedSource.Feeds {

        @Override
        public boolean isResetting() {
            return true;
        }

        private List<Invalidated> evaluate(byte[] key) {
            return new String(key, StandardCharsets.UTF_8).startsWith(own) ? List.of() : rules.evaluate(key);
        }

        private List<Invalidated> all() {
            return regions.stream()
                    .map(region -> new Invalidated(region, List.of(Selector.all()), null))
                    .toList();
        }

        @Override
        public FeedSource.Feed open(FeedSource.Ear ear) {
            TrackingFeed feed = TrackingFeed.open(config, new TrackingFeed.Handler() {
                @Override
                public void changed(byte[] key) {
                    ear.invalidated(evaluate(key));
                }

                @Override
                public void flushed() {
                    ear.invalidated(all());
                }

                @Override
                public void lost(String why) {
                    ear.lost(why);
                }
            });
            return new FeedSource.Feed() {
                @Override
                public Instant heardAt() {
                    return feed.heardAt();
                }

                @Override
                public void close() {
                    feed.close();
                }
            };
        }
    }
}
