package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Hears which keys change in Redis, whoever writes them: Redis's client-side caching in its broadcasting mode. It needs no setting
 * of the server. Redis sends each change once and keeps none, and in a cluster a key's own master sends it. So a feed listens at
 * every master, and ends as soon as it may have missed something: a connection is lost or silent, a master is a replica or another
 * server, or the set of masters changed. To go on, open a new feed, and assume that anything may have happened in between.
 *
 * <p>A key of this name in any database of the server is meant: Redis does not tell them apart. It sends nothing for SWAPDB.
 *
 * <p>One thread a master calls the handler; two more check that nothing is missed. Safe to use from any thread.
 */
public final class TrackingFeed implements AutoCloseable {

    /** Where Redis sends changes to a connection in RESP2. */
    public static final String CHANNEL = "__redis__:invalidate";

    /**
     * Hears the changes. Called on the feed's threads, in the order of each master; must not block. If it throws, the feed ends,
     * because what the change was for is not done.
     */
    public interface Handler {

        /** A key was written, deleted, expired or evicted. */
        void changed(byte[] key);

        /** All keys went, of some database. */
        void flushed();

        /** The feed ended: later changes are not heard, and some before may be lost. Called once. */
        void lost(String why);
    }

    private final MasterFeed feed;

    private TrackingFeed(MasterFeed feed) {
        this.feed = feed;
    }

    /**
     * Listens at every master. From the return on, every change is heard. Blocks for a bounded time.
     *
     * @throws BusException if a master cannot be reached, is a replica, or refuses; the message says what to do and holds no
     *     credentials
     */
    public static TrackingFeed open(TrackingFeedConfig config, Handler handler) {
        return new TrackingFeed(MasterFeed.open(config.redis(), config.name(), new Changes(config, handler)));
    }

    private record Changes(TrackingFeedConfig config, Handler handler) implements Listening {

        @Override
        public String kind() {
            return "tracking";
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
            return List.of(CHANNEL);
        }

        @Override
        public List<String> patterns() {
            return List.of();
        }

        @Override
        public boolean isEverywhere() {
            return true;
        }

        /** The connection names itself: what it is sent, its end, and the bound of its buffer are those of a subscription. */
        @Override
        public void prepare(RedisConnection subscription) {
            try {
                long id = subscription.number(Protocol.Command.CLIENT, "ID");
                List<String> arguments =
                        new ArrayList<>(List.of("TRACKING", "ON", "REDIRECT", Long.toString(id), "BCAST"));
                // The empty prefix covers all others, and Redis takes no prefix for it.
                config.prefixes().stream()
                        .filter(prefix -> !prefix.isEmpty())
                        .forEach(prefix -> arguments.addAll(List.of("PREFIX", prefix)));
                CommandArguments track = new CommandArguments(Protocol.Command.CLIENT);
                arguments.forEach(track::add);
                subscription.executeCommand(track);
            } catch (JedisDataException e) {
                throw new BusException(
                        "Redis at " + subscription.node() + " does not let this user track keys (" + e.getMessage()
                                + "); give it +client|id, +client|tracking and &" + CHANNEL,
                        e);
            }
        }

        @Override
        public void require(RedisConnection commands) {
            // What prepare was answered holds until the connection ends.
        }

        @Override
        public void requireStill(RedisConnection commands) {
            // As above.
        }

        @Override
        public void message(String subscription, byte[] channel, @Nullable Object payload) {
            if (payload == null) {
                handler.flushed();
            } else if (payload instanceof List<?> keys) {
                keys.forEach(key -> handler.changed((byte[]) key));
            } // Anyone may publish text to that channel; Redis sends none.
        }

        @Override
        public void lost(String why) {
            handler.lost(why);
        }
    }

    /**
     * Returns a moment, by this host's clock: the changes before it, at the server that sent them, were heard. At most two heartbeats
     * ago while all is well.
     */
    public Instant heardAt() {
        return feed.heardAt();
    }

    /** Stops listening, without a call of {@link Handler#lost}. After it returns, the handler is not called. */
    @Override
    public void close() {
        feed.close();
    }
}
