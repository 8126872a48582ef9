package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
 * One master that a {@link MasterFeed} listens to: a subscribed connection with a thread that reads from it, and a session
 * for commands, which only the feed's heartbeats use. Each heartbeat publishes a word to this node's own channel. As long as
 * the words arrive, the subscribed connection lives and what was sent before them was heard.
 */
final class SubscribedMaster implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SubscribedMaster.class);
    private static final long STOP_MILLIS = 2_000;

    /** Hears what a node hears. Called on the node's thread. */
    interface Listener {

        /** A message that was sent for one of the subscriptions. */
        void message(String subscription, byte[] channel, @Nullable Object payload);

        /** Nothing more will be heard from this node. */
        void end(String why);

        /** Whether nothing more is wanted from this node. */
        boolean hasEnded();
    }

    private final RedisConnector connector;
    private final HostAndPort master;
    private final Listening listening;
    private final Listener feed;
    private final NodeSession commands;
    private final String ownChannel;
    private final Map<ByteBuffer, String> subscriptions = new HashMap<>();
    private final Thread reader;
    private volatile @Nullable RedisConnection subscription;

    /** When the last word arrived, and the one before. */
    private long wordMicros = TimeSource.SYSTEM.wallMicros();

    private volatile long heardMicros = wordMicros;

    /** The server that was subscribed to. */
    private String runId = "";

    private String replicationId = "";

    SubscribedMaster(RedisConnector connector, HostAndPort master, String name, Listening listening, Listener feed) {
        this.connector = connector;
        this.master = master;
        this.listening = listening;
        this.feed = feed;
        this.ownChannel =
                connector.namespace().keyspaceChannel(UUID.randomUUID().toString());
        this.commands = NodeSession.withoutClock(connector);
        this.reader = new Thread(this::read, "freshet-" + listening.kind() + "-" + name + "-" + master.getPort());
        this.reader.setDaemon(true);
        listening.channels().forEach(channel -> subscriptions.put(bytes(channel), channel));
        listening.patterns().forEach(pattern -> subscriptions.put(bytes(pattern), pattern));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Connects and subscribes. Every message from the return on will be read. */
    void open() {
        RedisConnection ready = commands.open(master);
        runId = commands.runId();
        RedisConnection own = connector.open(master, listening.silence());
        subscription = own;
        listening.prepare(own);
        List<String> channels = new ArrayList<>(listening.channels());
        channels.add(ownChannel);
        subscribe(own, Protocol.Command.SUBSCRIBE, channels);
        if (!listening.patterns().isEmpty()) {
            subscribe(own, Protocol.Command.PSUBSCRIBE, listening.patterns());
        }
        // Last, so that nothing is missed between the check and the subscription.
        replicationId = ready.replicationIdOfMaster();
        listening.require(ready);
        ready.number(Protocol.Command.PUBLISH, ownChannel, "");
    }

    /** Messages that come meanwhile are not heard: the feed begins when it returns. */
    private static void subscribe(RedisConnection own, Protocol.Command command, List<String> names) {
        own.sendCommand(command, names.toArray(String[]::new));
        own.flushCommands();
        String acknowledgement = command.name().toLowerCase(Locale.ROOT);
        for (int acknowledged = 0; acknowledged < names.size(); ) {
            if (acknowledgement.equals(RedisConnection.asText(own.anyMessage().get(0)))) {
                acknowledged++;
            }
        }
    }

    void start() {
        reader.start();
    }

    private void read() {
        RedisConnection own = subscription;
        try {
            while (own != null && !feed.hasEnded()) {
                hear(own.anyMessage());
            }
        } catch (JedisException e) {
            feed.end("the connection to " + master + " is lost: " + e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("a thread that listens to Redis failed unexpectedly", e);
            feed.end("a thread that listens to " + master + " met a fault: " + e);
        }
    }

    /** A message names its channel; one that is sent for a pattern names the pattern before. */
    private void hear(List<?> message) {
        int last = message.size() - 1;
        if (!(message.get(1) instanceof byte[] sentFor) || !(message.get(last - 1) instanceof byte[] channel)) {
            return;
        }
        String known = subscriptions.get(ByteBuffer.wrap(sentFor));
        if (known != null) {
            feed.message(known, channel, message.get(last));
        } else {
            // Redis may send a tracked key after a later message, but never after the next event loop.
            heardMicros = wordMicros;
            wordMicros = TimeSource.SYSTEM.wallMicros();
        }
    }

    /** Returns a moment, by this host's clock: what the server had sent before it was heard. */
    long heardMicros() {
        return heardMicros;
    }

    /**
     * Checks that this is still the server that was subscribed to, and that it still sends what is listened to.
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
            if (!ready.replicationIdOfMaster().equals(replicationId)) {
                throw new BusException("the server at " + master + " has another history now, as after a failover");
            }
            listening.requireStill(ready);
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
