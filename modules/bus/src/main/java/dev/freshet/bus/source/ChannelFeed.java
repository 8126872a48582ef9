package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hears the messages that applications publish to channels of Redis (PUBLISH; not SPUBLISH). Redis sends each message once and keeps
 * none. In a cluster every node sends all, so a feed listens at one master. It ends as soon as it may have missed something: the
 * connection is lost or silent, or the master is a replica or another server. To go on, open a new feed, and assume that messages
 * were missed in between.
 *
 * <p>One thread calls the handler; two more check that nothing is missed. Safe to use from any thread.
 */
public final class ChannelFeed implements AutoCloseable {

    /** Hears the messages. Called on the feed's thread, in order; must not block. If {@link #message} throws, the feed ends. */
    public interface Handler {

        /**
         * A message came. One that several subscriptions match comes once for each.
         *
         * @param subscription the channel or the pattern that it came for
         */
        void message(String subscription, byte[] channel, byte[] message);

        /** The feed ended: later messages are not heard, and some before may be lost. Called once. */
        void lost(String why);
    }

    private final MasterFeed feed;

    private ChannelFeed(MasterFeed feed) {
        this.feed = feed;
    }

    /**
     * Listens. From the return on, every message is heard. Blocks for a bounded time.
     *
     * @throws BusException if the master cannot be reached, is a replica, or refuses; the message holds no credentials
     */
    public static ChannelFeed open(ChannelFeedConfig config, Handler handler) {
        return new ChannelFeed(MasterFeed.open(config.redis(), config.name(), new Messages(config, handler)));
    }

    private record Messages(ChannelFeedConfig config, Handler handler) implements Listening {

        @Override
        public String kind() {
            return "channel";
        }

        @Override
        public Duration heartbeat() {
            return config.heartbeat();
        }

        @Override
        public Duration silence() {
            return config.silence();
        }

        @Override
        public List<String> channels() {
            return config.channels();
        }

        @Override
        public List<String> patterns() {
            return config.patterns();
        }

        @Override
        public boolean isEverywhere() {
            return false;
        }

        @Override
        public void prepare(RedisConnection subscription) {
            // Nothing before the subscription.
        }

        @Override
        public void require(RedisConnection commands) {
            // A subscription that was acknowledged is all.
        }

        @Override
        public void requireStill(RedisConnection commands) {
            // As above.
        }

        @Override
        public void message(String subscription, byte[] channel, @Nullable Object payload) {
            if (payload instanceof byte[] message) {
                handler.message(subscription, channel, message);
            }
        }

        @Override
        public void lost(String why) {
            handler.lost(why);
        }
    }

    /** Returns a moment, by this host's clock: the messages before it were heard. At most two heartbeats ago while all is well. */
    public Instant heardAt() {
        return feed.heardAt();
    }

    /** Stops listening, without a call of {@link Handler#lost}. After it returns, the handler is not called. */
    @Override
    public void close() {
        feed.close();
    }
}
