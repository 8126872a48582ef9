package dev.freshet.sources.redis;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.ChannelFeed;
import dev.freshet.bus.source.ChannelFeedConfig;
import dev.freshet.bus.source.ChannelSender;
import dev.freshet.schema.Namespace;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.Relay;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceListener.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Feeds of messages, and the relays of invalidations that go the other way.
 *
 * @param redis the one with the channels
 * @param names those of the publisher, without a database
 */
record ChannelFeeds(
        String source,
        ChannelConfig config,
        RedisConfig redis,
        Namespace names,
        ChannelRules rules,
        SourceContext context)
        implements FeedSource.Feeds {

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    @Override
    public Set<String> regions() {
        return rules.regions();
    }

    @Override
    public boolean isResetting() {
        return config.onGap() == ChannelConfig.OnGap.INVALIDATE;
    }

    private String sent() {
        return names.sentBySource(source);
    }

    @Override
    public FeedSource.Feed open(FeedSource.Ear ear) {
        List<String> channels = new ArrayList<>(rules.channels());
        channels.add(sent());
        ChannelFeed feed = ChannelFeed.open(
                new ChannelFeedConfig(redis, source, channels, rules.patterns(), HEARTBEAT), new Messages(ear));
        if (config.relays().isEmpty()) {
            return new Open(feed, null, List.of());
        }
        // Records of this origin came from messages: they are not relayed, by any publisher.
        String origin = "redis-channel:" + source;
        List<RegionRelay> relays = config.relays().stream()
                .map(Relay::region)
                .distinct()
                .map(region -> new RegionRelay(
                        source,
                        region,
                        origin,
                        new RelayRules(config.relays().stream()
                                .filter(relay -> relay.region().equals(region))
                                .toList()),
                        context.redis(),
                        redis,
                        context.listener()))
                .toList();
        return new Open(feed, context.publishers().apply(origin), relays);
    }

    /** Hears messages, on the feed's thread. */
    private final class Messages implements ChannelFeed.Handler {
        private final FeedSource.Ear ear;
        private final Echoes echoes = new Echoes();

        Messages(FeedSource.Ear ear) {
            this.ear = ear;
        }

        @Override
        public void message(String subscription, byte[] channel, byte[] message) {
            if (subscription.equals(sent())) {
                String announced = ChannelSender.channelOf(message);
                if (announced != null) {
                    rules.subscriptionsOf(announced).forEach(each -> echoes.expect(each, message));
                }
                return;
            }
            if (echoes.take(subscription, ChannelSender.announcementOf(channel, message))) {
                return;
            }
            for (Rejection why : rules.evaluate(
                    subscription, channel, message, invalidated -> ear.invalidated(List.of(invalidated)))) {
                ear.rejected(why);
            }
        }

        @Override
        public void lost(String why) {
            ear.lost(why);
        }
    }

    /**
     * An open feed.
     *
     * @param own publishes what messages invalidate, if invalidations are relayed
     */
    private record Open(ChannelFeed feed, @Nullable Publisher own, List<RegionRelay> relays)
            implements FeedSource.Feed {

        @Override
        public Instant heardAt() {
            return feed.heardAt();
        }

        @Override
        public @Nullable Publisher publisher() {
            return own;
        }

        @Override
        public @Nullable String fault() {
            return relays.stream()
                    .map(RegionRelay::fault)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public void close() {
            feed.close();
            relays.forEach(RegionRelay::close);
            if (own != null) {
                own.close();
            }
        }
    }
}
