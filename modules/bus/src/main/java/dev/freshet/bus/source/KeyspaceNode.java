package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.NodeSession;
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
 * One master that a {@link KeyspaceFeed} listens to: a subscribed connection with a thread that reads from it, and a session
 * for commands, which only the feed's heartbeats use. Each heartbeat publishes a word to this node's own channel. As long as
 * the words arrive, the subscribed connection lives and everything before them was heard.
 */
final class KeyspaceNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceNode.class);
    private static final long STOP_MILLIS = 2_000;

    /** Hears what a node hears. Called on the node's thread. */
    interface Listener {

        /** Something happened to a key. */
        void event(String event, byte[] key);

        /** Something arrived, whatever it is. */
        void alive();

        /** Nothing more will be heard from this node. */
        void end(String why);

        /** Whether nothing more is wanted from this node. */
        boolean hasEnded();
    }

    private final RedisConnector connector;
    private final HostAndPort master;
    private final KeyspaceFeedConfig config;
    private final Listener feed;
    private final NodeSession commands;
    private final String ownChannel;
    private final Map<ByteBuffer, String> eventsByChannel = new HashMap<>();
    private final Thread reader;
    private volatile @Nullable RedisConnection subscription;

    /** The server that was subscribed to. */
    private String runId = "";

    KeyspaceNode(RedisConnector connector, HostAndPort master, KeyspaceFeedConfig config, Listener feed) {
        this.connector = connector;
        this.master = master;
        this.config = config;
        this.feed = feed;
        this.ownChannel =
                connector.namespace().keyspaceChannel(UUID.randomUUID().toString());
        this.commands = NodeSession.withoutClock(connector);
        this.reader = new Thread(this::read, "freshet-keyspace-" + config.name() + "-" + master.getPort());
        this.reader.setDaemon(true);
        // On these channels the message is the key. A keyspace channel has it in its name, and would need a pattern.
        for (String event : config.events()) {
            String channel = "__keyevent@" + connector.uri().database() + "__:" + event;
            eventsByChannel.put(ByteBuffer.wrap(channel.getBytes(StandardCharsets.UTF_8)), event);
        }
    }

    /** Connects and subscribes. Every event from the return on will be read. */
    void open() {
        RedisConnection ready = commands.open(master);
        runId = commands.runId();
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
        // Last, so that nothing is missed between the check of the setting and the subscription.
        ready.requireMaster();
        KeyspaceNotifications.require(ready, config);
        ready.number(Protocol.Command.PUBLISH, ownChannel, "");
    }

    void start() {
        reader.start();
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
            LOG.error("a thread that listens to keys failed unexpectedly", e);
            feed.end("a thread that listens to " + master + " met a fault: " + e);
        }
    }

    /**
     * Checks that this is still the server that was subscribed to, and that it still notifies of the events.
     *
     * @throws BusException if it is not
     */
    void beat() {
        if (commands.usable() == null) {
            commands.open(master);
        }
        try {
            RedisConnection ready = commands.connection();
            ready.number(Protocol.Command.PUBLISH, ownChannel, "");
            commands.identifyAgain((connection, server, isOther) -> requireSubscribed(server));
            ready.requireMaster();
            KeyspaceNotifications.requireStill(ready, config);
        } catch (JedisConnectionException e) {
            commands.close();
            throw e;
        }
    }

    private void requireSubscribed(String server) {
        if (!server.equals(runId)) {
            throw new BusException("the server at " + master + " is another one now");
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
        commands.close();
        if (reader.isAlive()) {
            LOG.warn(
                    "the thread that listens to {} did not stop within {} s",
                    master,
                    TimeUnit.MILLISECONDS.toSeconds(STOP_MILLIS));
        }
    }
}
