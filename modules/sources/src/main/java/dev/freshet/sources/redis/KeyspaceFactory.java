package dev.freshet.sources.redis;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.source.KeyspaceFeed;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.schema.Namespace;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Set;

/** Creates sources that follow Redis' keyspace events. */
public final class KeyspaceFactory implements SourceFactory {

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.REDIS_KEYSPACE;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        KeyspaceConfig keyspace = Objects.requireNonNull(config.keyspace());
        String namespace = context.redis().namespace();
        RedisConfig redis =
                keyspace.redis() == null ? context.redis() : keyspace.redis().withNamespace(namespace);
        KeyspaceFeedConfig feed = new KeyspaceFeedConfig(
                redis, config.name(), keyspace.heardEvents(), keyspace.notifications(), HEARTBEAT);
        KeyspaceRules rules = new KeyspaceRules(keyspace, config.rules(), new Namespace(namespace, 0));
        return new FeedSource(
                config.name(),
                new KeyspaceFeeds(feed, rules),
                config.batch(),
                keyspace.maximumPending(),
                context.publisher(),
                context.listener(),
                TimeSource.SYSTEM);
    }

    /** Feeds of events. */
    private record KeyspaceFeeds(KeyspaceFeedConfig config, KeyspaceRules rules) implements FeedSource.Feeds {

        @Override
        public Set<String> regions() {
            return rules.regions();
        }

        @Override
        public boolean isResetting() {
            return true;
        }

        @Override
        public FeedSource.Feed open(FeedSource.Ear ear) {
            KeyspaceFeed feed = KeyspaceFeed.open(config, new KeyspaceFeed.Handler() {
                @Override
                public void event(String event, byte[] key) {
                    ear.invalidated(rules.evaluate(event, key));
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
