package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.thread.CallGuard;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens to the masters of a Redis over subscribed connections. Redis sends each message once and keeps none. So a feed ends as
 * soon as it may have missed something: a connection is lost or silent, a master is a replica or another server, the set of masters
 * changed, or a server does not send any more. To go on, open a new feed, and assume that anything may have happened in between.
 *
 * <p>One thread a master calls {@link Listening#message}; two more check that nothing is missed. Safe to use from any thread.
 */
final class MasterFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MasterFeed.class);

    /** The masters are looked up again once in this many heartbeats. */
    private static final int HEARTBEATS_PER_LOOK = 2;

    private static final long STOP_MILLIS = 3_000;

    private final RedisConnector connector;
    private final String name;
    private final Listening listening;
    private final Topology topology;
    private final List<SubscribedMaster> nodes = new ArrayList<>();
    private final CallGuard guard;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor control;

    private MasterFeed(RedisConnector connector, String name, Listening listening) {
        this.connector = connector;
        this.name = name;
        this.listening = listening;
        this.topology = Topologies.of(connector);
        this.guard = new CallGuard(Listening.class, listening.kind() + " feed " + name + ": the handler");
        // Two, so that sentinels or nodes that do not answer delay no heartbeat: without one, a connection counts as
        // lost.
        this.control = new ScheduledThreadPoolExecutor(2, task -> {
            Thread thread = new Thread(task, "freshet-" + listening.kind() + "-" + name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Listens. From the return on, every message is heard. Blocks for a bounded time.
     *
     * @param name what people call the feed; in the names of threads and connections
     * @throws BusException if a master cannot be reached, is a replica, or does not send what is listened to; the message says
     *     what to do and holds no credentials
     */
    static MasterFeed open(RedisConfig redis, String name, Listening listening) {
        RedisConnector connector = new RedisConnector(redis, listening.kind() + "-" + name);
        MasterFeed feed = new MasterFeed(connector, name, listening);
        try {
            feed.start();
            return feed;
        } catch (JedisException e) {
            feed.close();
            throw new BusException(RedisErrors.describe(connector, e), e);
        } catch (RuntimeException | Error e) {
            feed.close();
            throw e;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // they contain their own faults, and are never cancelled
    private void start() {
        Set<HostAndPort> masters = topology.masters();
        Set<HostAndPort> heard = listening.isEverywhere() ? masters : Set.of(first(masters));
        for (HostAndPort master : heard) {
            SubscribedMaster node = new SubscribedMaster(connector, master, name, listening, new NodeListener());
            nodes.add(node);
            node.open();
        }
        nodes.forEach(SubscribedMaster::start);
        long heartbeatNanos = listening.heartbeat().toNanos();
        control.scheduleWithFixedDelay(this::beat, heartbeatNanos, heartbeatNanos, TimeUnit.NANOSECONDS);
        long lookNanos = HEARTBEATS_PER_LOOK * heartbeatNanos;
        control.scheduleWithFixedDelay(() -> look(heard), lookNanos, lookNanos, TimeUnit.NANOSECONDS);
        LOG.info("{} feed {} listens on {}", listening.kind(), name, heard);
    }

    private static HostAndPort first(Set<HostAndPort> masters) {
        return Collections.min(masters, Comparator.comparing(HostAndPort::toString));
    }

    private void beat() {
        for (SubscribedMaster node : nodes) {
            guarded(node::beat);
        }
    }

    private void look(Set<HostAndPort> heard) {
        guarded(() -> {
            topology.refresh();
            Set<HostAndPort> now = topology.masters();
            if (listening.isEverywhere() ? !now.equals(heard) : !now.containsAll(heard)) {
                end("the masters are " + now + " now, no longer " + heard);
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
            LOG.debug("a heartbeat of a feed failed", e);
        } catch (BusException e) {
            end(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.error("a heartbeat of a feed failed unexpectedly", e);
            end("a heartbeat met a fault: " + e);
        }
    }

    /** What the nodes tell this feed. */
    private final class NodeListener implements SubscribedMaster.Listener {
        @Override
        public void message(String subscription, byte[] channel, @Nullable Object payload) {
            if (!ended.get()) {
                Throwable fault = guard.call(() -> listening.message(subscription, channel, payload));
                Thread.interrupted(); // the thread is the feed's own, and not meant to be stopped that way
                if (fault != null) {
                    MasterFeed.this.end("the handler of " + subscription + " failed: "
                            + fault.getClass().getName());
                }
            }
        }

        @Override
        public void end(String why) {
            MasterFeed.this.end(why);
        }

        @Override
        public boolean hasEnded() {
            return ended.get();
        }
    }

    private void end(String why) {
        if (ended.compareAndSet(false, true)) {
            guard.call(() -> listening.lost(why));
        }
    }

    /** Returns a moment, by this host's clock: what a master had sent before it is heard. At most two heartbeats ago while all is well. */
    Instant heardAt() {
        long micros =
                nodes.stream().mapToLong(SubscribedMaster::heardMicros).min().orElseThrow();
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }

    /** Stops listening, without a call of {@link Listening#lost}. After it returns, nobody is called. */
    @Override
    public void close() {
        ended.set(true);
        control.shutdownNow();
        try {
            if (!control.awaitTermination(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("a heartbeat of a feed did not end within {} ms", STOP_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        nodes.forEach(SubscribedMaster::close);
    }
}
