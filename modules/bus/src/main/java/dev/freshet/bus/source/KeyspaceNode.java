package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One master of a {@link KeyspaceFeed}: a subscribed connection with a thread that reads from it, and a connection for
 * commands, which only the feed's heartbeats use. Each heartbeat publishes a word to this node's own channel: as long as the
 * words arrive, the subscribed connection lives and everything before them was heard.
 */
final class KeyspaceNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceNode.class);
    private static final long STOP_MILLIS = 2_000;

    private final RedisConnector connector;
    private final HostAndPort master;
    private final KeyspaceFeedConfig config;
    private final KeyspaceFeed feed;
    private final String ownChannel = "freshet:keyspace:" + UUID.randomUUID();
    private final Map<ByteBuffer, String> eventsByChannel = new HashMap<>();
    private final Thread reader;
    private volatile @Nullable RedisConnection subscription;
    private volatile @Nullable RedisConnection commands;
    private String runId = "";

    KeyspaceNode(RedisConnector connector, HostAndPort master, KeyspaceFeedConfig config, KeyspaceFeed feed) {
        this.connector = connector;
        this.master = master;
        this.config = config;
        this.feed = feed;
        this.reader = new Thread(this::read, "freshet-keyspace-" + config.name() + "-" + master.getPort());
        this.reader.setDaemon(true);
        // Of these channels the message is the key; a keyspace channel would name it, and would need a pattern.
        for (String event : config.events()) {
            String channel = "__keyevent@" + connector.uri().database() + "__:" + event;
            eventsByChannel.put(ByteBuffer.wrap(channel.getBytes(StandardCharsets.UTF_8)), event);
        }
    }

    /** Connects and subscribes; what happens from the return on will be read. */
    void open() {
        RedisConnection ready = commands();
        runId = ready.runId();
        RedisConnection own = connector.open(master, config.silence());
        subscription = own;
        String[] channels = new String[eventsByChannel.size() + 1];
        int i = 0;
        for (ByteBuffer channel : eventsByChannel.keySet()) {
            channels[i++] = StandardCharsets.UTF_8.decode(channel.duplicate()).toString();
        }
        channels[i] = ownChannel;
        own.sendCommand(Protocol.Command.SUBSCRIBE, channels);
        own.flushCommands();
        for (int acknowledged = 0; acknowledged < channels.length; ) {
            if ("subscribe".equals(RedisConnection.asText(own.message().get(0)))) {
                acknowledged++;
            }
        }
        // Last, so that nothing is missed between the look at the setting and the subscription.
        ready.requireMaster();
        KeyspaceNotifications.require(ready, config);
        ready.number(Protocol.Command.PUBLISH, ownChannel, "");
    }

    void start() {
        reader.start();
    }

    private RedisConnection commands() {
        RedisConnection open = commands;
        if (open == null || open.isBroken() || !open.isConnected()) {
            open = connector.open(master);
            commands = open;
        }
        return open;
    }

    private void read() {
        RedisConnection own = subscription;
        try {
            while (own != null && !feed.hasEnded()) {
                var message = own.message();
                feed.alive();
                if (message.get(1) instanceof byte[] channel && message.get(2) instanceof byte[] payload) {
                    String event = eventsByChannel.get(ByteBuffer.wrap(channel));
                    if (event != null) {
                        feed.event(event, payload);
                    }
                }
            }
        } catch (JedisException e) {
            feed.end("the connection to " + master + " is lost: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("a thread that listens to keys met a fault of its own", e);
            feed.end("a thread that listens to " + master + " met a fault: " + e);
        }
    }

    /**
     * Proves that this is still the server that was subscribed to, and still tells of the events.
     *
     * @throws BusException if it is not
     */
    void beat() {
        RedisConnection ready = commands();
        try {
            ready.number(Protocol.Command.PUBLISH, ownChannel, "");
            if (!ready.runId().equals(runId)) {
                throw new BusException("the server at " + master + " is another one now");
            }
            ready.requireMaster();
            KeyspaceNotifications.requireStill(ready, config);
        } catch (JedisConnectionException e) {
            ready.closeQuietly();
            commands = null;
            throw e;
        }
    }

    @Override
    public void close() {
        RedisConnection own = subscription;
        if (own != null) {
            own.abort();
        }
        try {
            reader.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (own != null) {
            own.closeQuietly();
        }
        RedisConnection open = commands;
        if (open != null) {
            open.closeQuietly();
        }
        if (reader.isAlive()) {
            LOG.warn(
                    "the thread that listens to {} did not stop within {} s",
                    master,
                    TimeUnit.MILLISECONDS.toSeconds(STOP_MILLIS));
        }
    }
}
