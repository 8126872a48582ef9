package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.RedisUri;
import dev.freshet.bus.internal.redis.Topologies;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens to Redis' keyspace notifications: keys that expired, were evicted, deleted or written. Redis sends each notification
 * once and keeps none, and in a cluster a key's own master sends it. So a feed listens at every master. It ends as soon as it
 * may have missed something: a connection is lost or silent, a master is a replica or another server, the set of masters
 * changed, or the setting was taken back. To go on, open a new feed, and assume that anything may have happened in between.
 *
 * <p>One thread a master calls the handler; two more check that nothing is missed. Safe to use from any thread.
 */
public final class KeyspaceFeed implements AutoCloseable {

    /**
     * Hears the events. Called on the feed's threads, in the order of each master; must not block. If {@link #event} throws, the
     * feed ends, because what the event was for is not done.
     */
    public interface Handler {

        /**
         * Something happened to a key.
         *
         * @param event Redis' name of the event
         * @param key the key's bytes
         */
        void event(String event, byte[] key);

        /** The feed ended: later events are not heard, and some before may be lost. Called once. */
        void lost(String why);
    }

    private final MasterFeed feed;

    private KeyspaceFeed(MasterFeed feed) {
        this.feed = feed;
    }

    /**
     * Listens at every master. From the return on, every event is heard. Blocks for a bounded time.
     *
     * @throws BusException if a master cannot be reached, is a replica, or does not notify of the events; the message says
     *     what to do and holds no credentials
     */
    public static KeyspaceFeed open(KeyspaceFeedConfig config, Handler handler) {
        return new KeyspaceFeed(MasterFeed.open(config.redis(), config.name(), new Events(config, handler)));
    }

    /**
     * Checks whether every master notifies of the events, and changes nothing. Blocks for a bounded time.
     *
     * @return for each master that does not, or does not let its setting be read, a sentence with what to do
     * @throws BusException if a master cannot be reached
     */
    public static List<String> faults(KeyspaceFeedConfig config) {
        RedisConnector connector = new RedisConnector(config.redis(), "keyspace-" + config.name());
        KeyspaceFeedConfig onlyLooking = new KeyspaceFeedConfig(
                config.redis(),
                config.name(),
                config.events(),
                KeyspaceFeedConfig.Notifications.CHECK,
                config.heartbeat());
        List<String> faults = new ArrayList<>();
        try {
            for (HostAndPort master : Topologies.of(connector).masters()) {
                RedisConnection connection = connector.open(master);
                try {
                    KeyspaceNotifications.require(connection, onlyLooking);
                } catch (BusException e) {
                    faults.add(String.valueOf(e.getMessage()));
                } finally {
                    connection.closeQuietly();
                }
            }
        } catch (JedisException e) {
            throw new BusException(RedisErrors.describe(connector, e), e);
        }
        return faults;
    }

    /** The events' channels, and their handler. */
    private static final class Events implements Listening {
        private final KeyspaceFeedConfig config;
        private final Handler handler;
        private final Map<String, String> eventsByChannel = new LinkedHashMap<>();

        Events(KeyspaceFeedConfig config, Handler handler) {
            this.config = config;
            this.handler = handler;
            int database = RedisUri.parse(config.redis().uri()).database();
            // On these channels the message is the key. A keyspace channel has it in its name, and would need a
            // pattern.
            config.events().forEach(event -> eventsByChannel.put("__keyevent@" + database + "__:" + event, event));
        }

        @Override
        public String kind() {
            return "keyspace";
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
            return List.copyOf(eventsByChannel.keySet());
        }

        @Override
        public List<String> patterns() {
            return List.of();
        }

        @Override
        public boolean isEverywhere() {
            return true;
        }

        @Override
        public void prepare(RedisConnection subscription) {
            // Nothing before the subscription.
        }

        @Override
        public void require(RedisConnection commands) {
            KeyspaceNotifications.require(commands, config);
        }

        @Override
        public void requireStill(RedisConnection commands) {
            KeyspaceNotifications.requireStill(commands, config);
        }

        @Override
        public void message(String subscription, byte[] channel, @Nullable Object payload) {
            String event = eventsByChannel.get(subscription);
            if (event != null && payload instanceof byte[] key) {
                handler.event(event, key);
            }
        }

        @Override
        public void lost(String why) {
            handler.lost(why);
        }
    }

    /**
     * Returns a moment, by this host's clock: the events before it, at the server that sent them, were heard. At most two heartbeats
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
