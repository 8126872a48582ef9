package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.thread.CallGuard;
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
 * Listens to Redis' keyspace notifications: keys that expired, were evicted, deleted or written. Redis sends each notification
 * once and keeps none, and in a cluster a key's own master sends it. So a feed listens at every master. It ends as soon as it
 * may have missed something: a connection is lost or silent, a master is a replica or another server, the set of masters
 * changed, or the setting was taken back. To go on, open a new feed, and assume that anything may have happened in between.
 *
 * <p>One thread a master calls the handler; two more check that nothing is missed. Safe to use from any thread.
 */
public final class KeyspaceFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeyspaceFeed.class);

    /** The masters are looked up again once in this many heartbeats. */
    private static final int HEARTBEATS_PER_LOOK = 2;

    private static final long STOP_MILLIS = 3_000;

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

    private final Topology topology;
    private final Handler handler;
    private final TimeSource time;
    private final List<KeyspaceNode> nodes = new ArrayList<>();
    private final CallGuard guard;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor control;
    private volatile long heardMicros;

    private KeyspaceFeed(String name, Topology topology, Handler handler, TimeSource time) {
        this.topology = topology;
        this.handler = handler;
        this.guard = new CallGuard(Handler.class, "keyspace feed " + name + ": the handler");
        this.time = time;
        this.heardMicros = time.wallMicros();
        // Two, so that sentinels or nodes that do not answer delay no heartbeat: without one, a connection counts as
        // lost.
        this.control = new ScheduledThreadPoolExecutor(2, task -> {
            Thread thread = new Thread(task, "freshet-keyspace-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Listens at every master. From the return on, every event is heard. Blocks for a bounded time.
     *
     * @throws BusException if a master cannot be reached, is a replica, or does not notify of the events; the message says
     *     what to do and holds no credentials
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

    @SuppressWarnings("FutureReturnValueIgnored") // they contain their own faults, and are never cancelled
    private void start(RedisConnector connector, KeyspaceFeedConfig config) {
        Set<HostAndPort> masters = topology.masters();
        for (HostAndPort master : masters) {
            KeyspaceNode node = new KeyspaceNode(connector, master, config, new NodeListener());
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
            // A command that fails does not mean that an event was missed. If the subscription broke, the feed ends
            // anyway.
            LOG.debug("a heartbeat of the keyspace feed failed", e);
        } catch (BusException e) {
            end(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.error("a heartbeat of the keyspace feed failed unexpectedly", e);
            end("a heartbeat met a fault: " + e);
        }
    }

    /** What the nodes tell this feed. */
    private final class NodeListener implements KeyspaceNode.Listener {
        @Override
        public void event(String event, byte[] key) {
            heardMicros = time.wallMicros();
            if (!ended.get()) {
                Throwable fault = guard.call(() -> handler.event(event, key));
                Thread.interrupted(); // the thread is the feed's own, and not meant to be stopped that way
                if (fault != null) {
                    KeyspaceFeed.this.end("the handler of " + event + " failed: "
                            + fault.getClass().getName());
                }
            }
        }

        @Override
        public void alive() {
            heardMicros = time.wallMicros();
        }

        @Override
        public void end(String why) {
            KeyspaceFeed.this.end(why);
        }

        @Override
        public boolean hasEnded() {
            return ended.get();
        }
    }

    private void end(String why) {
        if (ended.compareAndSet(false, true)) {
            guard.call(() -> handler.lost(why));
        }
    }

    /** Returns when something was heard last, by this host's clock. Events before it, at the server that sent it, are known. */
    public Instant heardAt() {
        return Instant.EPOCH.plus(heardMicros, ChronoUnit.MICROS);
    }

    /** Stops listening, without a call of {@link Handler#lost}. After it returns, the handler is not called. */
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
