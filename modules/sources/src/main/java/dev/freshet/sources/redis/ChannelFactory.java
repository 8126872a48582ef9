package dev.freshet.sources.redis;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.schema.Namespace;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;
import java.util.Objects;

/** Creates sources that listen to channels of applications. */
public final class ChannelFactory implements SourceFactory {

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.REDIS_CHANNEL;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        ChannelConfig channel = Objects.requireNonNull(config.channel());
        String namespace = context.redis().namespace();
        RedisConfig redis =
                channel.redis() == null ? context.redis() : channel.redis().withNamespace(namespace);
        Namespace names = new Namespace(namespace, 0);
        ChannelRules rules = new ChannelRules(channel.formats(), config.rules(), names.prefix());
        return new FeedSource(
                config.name(),
                new ChannelFeeds(config.name(), channel, redis, names, rules, context),
                config.batch(),
                channel.maximumPending(),
                context.publisher(),
                context.listener(),
                TimeSource.SYSTEM);
    }
}
