package dev.freshet.sources.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.source.ChannelFeed;
import dev.freshet.bus.source.ChannelFeedConfig;
import dev.freshet.bus.source.TrackingFeed;
import dev.freshet.bus.source.TrackingFeedConfig;
import dev.freshet.schema.Namespace;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceListener.Rejection;
import dev.freshet.sources.TrackingConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Listens as a source of Redis listens, and invalidates nothing: for whoever asks whether such a source would hear anything. Used by one
 * thread.
 */
public final class SourceTrial {

    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /**
     * What was heard.
     *
     * @param listensTo the channels, or what the keys begin with
     * @param understood the number of messages or keys that a rule maps to something
     * @param rejected the number of the messages that no rule maps, by the reason
     */
    public record Heard(List<String> listensTo, long understood, Map<Rejection, Long> rejected) {

        public Heard {
            listensTo = List.copyOf(listensTo);
            rejected = Collections.unmodifiableMap(new EnumMap<>(rejected));
        }
    }

    private final RedisConfig redis;
    private final String name;
    private final Namespace names;
    private final CountDownLatch end = new CountDownLatch(1);
    private final AtomicReference<@Nullable String> lost = new AtomicReference<>();
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private long understood;

    private SourceTrial(String name, RedisConfig redis, Namespace names) {
        this.name = name;
        this.redis = redis;
        this.names = names;
    }

    /**
     * Listens for a while: to each master that the source would listen at. Blocks for this time, and for the time that connecting takes.
     *
     * @param publisher the publisher's Redis, for a source that names none
     * @return null for a source that is neither of kind {@code redis-tracking} nor of kind {@code redis-channel}
     * @throws BusException if a master cannot be reached or refuses, or a connection is lost; the message holds no credentials
     */
    public static @Nullable Heard listen(SourceConfig source, RedisConfig publisher, Duration duration) {
        TrackingConfig tracking = source.tracking();
        ChannelConfig channel = source.channel();
        if (tracking == null && channel == null) {
            return null;
        }
        RedisConfig own = tracking == null ? channel == null ? null : channel.redis() : tracking.redis();
        RedisConfig redis = own == null ? publisher : own.withNamespace(publisher.namespace());
        SourceTrial trial = new SourceTrial(source.name(), redis, new Namespace(publisher.namespace(), 0));
        return tracking != null
                ? trial.track(new KeyRules(tracking.patterns(), source.rules()), tracking.prefixes(), duration)
                : trial.subscribe(
                        new ChannelRules(
                                channel == null ? Map.of() : channel.formats(), source.rules(), trial.names.prefix()),
                        duration);
    }

    private Heard track(KeyRules rules, List<String> prefixes, Duration duration) {
        TrackingFeedConfig config = new TrackingFeedConfig(redis, name, prefixes, HEARTBEAT);
        TrackingFeed feed = TrackingFeed.open(config, new TrackingFeed.Handler() {
            @Override
            public void changed(byte[] key) {
                if (!rules.evaluate(key).isEmpty()) {
                    heard(Set.of());
                }
            }

            @Override
            public void flushed() {
                heard(Set.of());
            }

            @Override
            public void lost(String why) {
                ended(why);
            }
        });
        try {
            await(duration);
        } finally {
            feed.close();
        }
        return heard(config.prefixes());
    }

    private Heard subscribe(ChannelRules rules, Duration duration) {
        List<String> listensTo = new ArrayList<>(rules.channels());
        listensTo.addAll(rules.patterns());
        List<String> channels = new ArrayList<>(rules.channels());
        channels.add(names.sentBySource(name));
        ChannelFeedConfig config = new ChannelFeedConfig(redis, name, channels, rules.patterns(), HEARTBEAT);
        ChannelFeed feed = ChannelFeed.open(config, new ChannelFeed.Handler() {
            @Override
            public void message(String subscription, byte[] channel, byte[] message) {
                if (!subscription.equals(names.sentBySource(name))) {
                    heard(rules.evaluate(subscription, channel, message, invalidated -> {}));
                }
            }

            @Override
            public void lost(String why) {
                ended(why);
            }
        });
        try {
            await(duration);
        } finally {
            feed.close();
        }
        return heard(listensTo);
    }

    private synchronized void heard(Set<Rejection> rejections) {
        if (rejections.isEmpty()) {
            understood++;
        }
        rejections.forEach(each -> rejected.merge(each, 1L, Long::sum));
    }

    private synchronized Heard heard(List<String> listensTo) {
        return new Heard(listensTo, understood, rejected);
    }

    private void ended(String why) {
        lost.set(why);
        end.countDown();
    }

    private void await(Duration duration) {
        try {
            if (end.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new BusException("the connection ended: " + lost.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusException("interrupted while it listened", e);
        }
    }
}
