package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens to what Redis tells of keys: that they expired, were evicted, deleted or written. Redis tells it once and keeps
 * nothing, and in a cluster only to those who listen at the key's own master. So a feed listens at every master, and ends
 * at the first moment from which on something may have been missed: a connection is lost or silent, a master is one no
 * longer or another server, the masters are others, the setting was taken back. Whoever wants to go on opens a new one,
 * and has to assume that anything may have happened in between.
 *
 * <p>One thread a master calls the handler; two more prove that all goes well. Safe to use from any thread.
 */
public final class KeyspaceFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceFeed.class);

    /** The masters are looked up anew once in so many heartbeats. */
    private static final int HEARTBEATS_PER_LOOK = 2;

    private static final long STOP_MILLIS = 3_000;

    /** Hears the events. Called on the feed's threads, in the order of each master; must not block. */
    public interface Handler {

        /**
         * Something happened to a key.
         *
         * @param event Redis' name of it
         * @param key the key's bytes
         */
        void event(String event, byte[] key);

        /** The feed ended; what happens from now on is not heard, and something before may not have been. Called once. */
        void lost(String why);
    }

    private final Topology topology;
    private final Handler handler;
    private final TimeSource time;
    private final List<KeyspaceNode> nodes = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor control;
    private volatile long heardMicros;

    private KeyspaceFeed(String name, Topology topology, Handler handler, TimeSource time) {
        this.topology = topology;
        this.handler = handler;
        this.time = time;
        this.heardMicros = time.wallMicros();
        // Two, so that sentinels or nodes that do not answer hold no heartbeat up: its silence would be taken for a
        // loss.
        this.control = new ScheduledThreadPoolExecutor(2, task -> {
            Thread thread = new Thread(task, "freshet-keyspace-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Listens at every master. When this returns, whatever happens from then on is heard. Blocks for a bounded time.
     *
     * @throws BusException if a master cannot be reached, is none, or does not tell of the events; the message says what to
     *     do and holds no credentials
     */
    public static KeyspaceFeed open(KeyspaceFeedConfig config, Handler handler) {
        RedisConnector connector = new RedisConnector(config.redis(), "keyspace-" + config.name());
        KeyspaceFeed feed = new KeyspaceFeed(config.name(), Topologies.of(connector), handler, TimeSource.SYSTEM);
        try {
            feed.start(connector, config);
            return feed;
        } catch (JedisException e) {
            feed.close();
            throw new BusException(RedisErrors.describe(connector, e), e);
        } catch (RuntimeException | Error e) {
            feed.close();
            throw e;
        }
    }

    /**
     * Looks whether every master tells of the events, and changes nothing. Blocks for a bounded time.
     *
     * @return for each that does not, or does not let its setting be read, a sentence with what to do
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

    @SuppressWarnings("FutureReturnValueIgnored") // they contain their own faults, and are never cancelled
    private void start(RedisConnector connector, KeyspaceFeedConfig config) {
        Set<HostAndPort> masters = topology.masters();
        for (HostAndPort master : masters) {
            KeyspaceNode node = new KeyspaceNode(connector, master, config, this);
            nodes.add(node);
            node.open();
        }
        nodes.forEach(KeyspaceNode::start);
        long heartbeatNanos = config.heartbeat().toNanos();
        control.scheduleWithFixedDelay(this::beat, heartbeatNanos, heartbeatNanos, TimeUnit.NANOSECONDS);
        long lookNanos = HEARTBEATS_PER_LOOK * heartbeatNanos;
        control.scheduleWithFixedDelay(() -> look(masters), lookNanos, lookNanos, TimeUnit.NANOSECONDS);
        LOG.info("listens to {} of keys on {}", String.join(", ", config.events()), masters);
    }

    private void beat() {
        for (KeyspaceNode node : nodes) {
            guarded(node::beat);
        }
    }

    private void look(Set<HostAndPort> masters) {
        guarded(() -> {
            topology.refresh();
            Set<HostAndPort> now = topology.masters();
            if (!now.equals(masters)) {
                end("the masters are " + now + " now, no longer " + masters);
            }
        });
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (JedisDataException e) {
            end("Redis refuses: " + e.getMessage());
        } catch (JedisException e) {
            // Who cannot be asked says nothing against what is heard; and what is not heard any more ends by itself.
            LOG.debug("a heartbeat of the keyspace feed failed", e);
        } catch (BusException e) {
            end(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.error("a heartbeat of the keyspace feed met a fault of its own", e);
            end("a heartbeat met a fault: " + e);
        }
    }

    void event(String event, byte[] key) {
        heardMicros = time.wallMicros();
        if (!ended.get()) {
            handler.event(event, key);
        }
    }

    void alive() {
        heardMicros = time.wallMicros();
    }

    void end(String why) {
        if (ended.compareAndSet(false, true)) {
            handler.lost(why);
        }
    }

    boolean hasEnded() {
        return ended.get();
    }

    /** When something was heard last, by this host's clock; what happened before it, at the server that said it, is known. */
    public Instant heardAt() {
        return Instant.EPOCH.plus(heardMicros, ChronoUnit.MICROS);
    }

    /** Stops listening, without a word to the handler; returns when no call of it is under way or will come. */
    @Override
    public void close() {
        ended.set(true);
        control.shutdownNow();
        try {
            if (!control.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("a heartbeat of the keyspace feed did not end within {} ms", STOP_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(KeyspaceNode::close);
    }
}
