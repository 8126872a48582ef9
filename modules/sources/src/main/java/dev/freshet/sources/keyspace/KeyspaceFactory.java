package dev.freshet.sources.keyspace;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.source.KeyspaceFeedConfig;
import dev.freshet.schema.Namespace;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;
import java.time.Duration;
import java.util.Objects;

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
        return new KeyspaceSource(
                config.name(),
                feed,
                new KeyspaceRules(keyspace, config.rules(), new Namespace(namespace, 0)),
                config.batch(),
                keyspace.maximumPending(),
                context.publisher(),
                context.listener(),
                TimeSource.SYSTEM);
    }
}
