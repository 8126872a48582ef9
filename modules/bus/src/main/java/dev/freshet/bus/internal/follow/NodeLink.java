package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.Backoff;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisRedirectionException;

/**
 * The connection to one Redis node, for all regions that live there.
 *
 * <p>Two threads. The receiving thread owns the subscribed connection: it connects, subscribes, reads, and hands what
 * comes to the regions' {@link RegionFeed}s, which evict on it. The control thread owns a connection for commands ({@link
 * ControlConnection}): heartbeats, reads of the log, answers to questions. It never waits for the receiving thread.
 */
public final class NodeLink implements RegionFeed.Link {

    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);

    /** Heartbeats whose answer may still come; older ones are forgotten, and so never confirm. */
    private static final int MOST_BEATS_UNDER_WAY = 4_096;

    /** Heartbeats that are asked for, beside the regular ones, keep at least this distance. */
    private static final long LEAST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** What the owner of all links does for one of them. */
    interface Owner {
        /** These regions' master is another node now. */
        void rehome(NodeLink from, Map<HostAndPort, List<RegionFeed>> byMaster);
    }

    private final RedisConnector connector;
    private final Topology topology;
    private final SubscriberConfig config;
    private final String memberId;
    private final SubscriberListener listener;
    private final TimeSource time;
    private final Owner owner;
    private final RedisClock clock;
    private final ControlConnection desk;

    private final CopyOnWriteArrayList<RegionFeed> feeds = new CopyOnWriteArrayList<>();
    private final Map<Long, Beat> beats = new LinkedHashMap<>();
    private final Backoff backoff = new Backoff();

    /** Not from 1: several links of a member may hear each other's answers. */
    private final AtomicLong nextBeat =
            new AtomicLong(ThreadLocalRandom.current().nextLong(1L << 60));

    private final AtomicBoolean beatAsked = new AtomicBoolean();

    private final Thread receiver;
    private final ScheduledThreadPoolExecutor control;
    private final CountDownLatch closed = new CountDownLatch(1);

    private volatile @Nullable HostAndPort node;
    private volatile @Nullable RedisConnection subscription;
    private volatile boolean isSubscribed;
    private volatile String giveUpReason = "";
    private volatile @Nullable String trouble = "no connection was made yet";
    private volatile long lastBeatNanos;

    /** How many heartbeats failed since the last one that did not; the control thread's. */
    private int failedBeats;

    NodeLink(
            RedisConnector connector,
            Topology topology,
            SubscriberConfig config,
            String memberId,
            List<RegionFeed> feeds,
            SubscriberListener listener,
            TimeSource time,
            Owner owner) {
        this.connector = connector;
        this.topology = topology;
        this.config = config;
        this.memberId = memberId;
        this.listener = listener;
        this.time = time;
        this.owner = owner;
        this.clock = new RedisClock(time);
        this.desk = new ControlConnection(connector, topology, config, memberId, clock, time);
        String label = feeds.get(0).region() + (feeds.size() == 1 ? "" : "+" + (feeds.size() - 1));
        this.receiver = new Thread(this::receiveLoop, "freshet-receive-" + label);
        this.receiver.setDaemon(true);
        this.control = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "freshet-control-" + label);
            thread.setDaemon(true);
            return thread;
        });
        for (RegionFeed feed : feeds) {
            feed.moveTo(this);
            this.feeds.add(feed);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a heartbeat contains its own faults, and is never cancelled
    void start() {
        long heartbeatNanos = config.heartbeat().toNanos();
        control.scheduleWithFixedDelay(this::beatSafely, heartbeatNanos, heartbeatNanos, TimeUnit.NANOSECONDS);
        receiver.start();
    }

    @Override
    public RedisClock clock() {
        return clock;
    }

    @Nullable
    HostAndPort node() {
        return node;
    }

    @Override
    public @Nullable String trouble() {
        return trouble;
    }

    boolean isEmpty() {
        return feeds.isEmpty();
    }

    /** Takes in regions that moved here, by subscribing anew to all. */
    void add(List<RegionFeed> newcomers) {
        for (RegionFeed feed : newcomers) {
            feed.moveTo(this);
            feeds.add(feed);
        }
        resubscribe("regions moved to this node");
    }

    // ---- receiving thread

    private void receiveLoop() {
        while (!isClosed()) {
            try {
                topologyOfFeeds();
                if (feeds.isEmpty()) {
                    break;
                }
                subscribe();
                receiveUntilBroken();
            } catch (JedisException | BusException | ClassCastException e) {
                lost(giveUpReason.isEmpty() ? describe(e) : giveUpReason);
            } catch (RuntimeException | Error e) {
                // Whatever it was, regions that nobody follows any more would be worse.
                LOG.error("the receiving thread met a fault of its own and starts over", e);
                lost(describe(e));
            }
            topology.refresh();
            pause(backoff.nextMillis());
        }
        stop();
    }

    /** Finds the node, and gives away the regions that live on another one. */
    private void topologyOfFeeds() {
        if (feeds.isEmpty()) {
            return;
        }
        HostAndPort master = topology.masterOf(feeds.get(0).names().head());
        node = master;
        if (topology.hasSlots()) {
            Map<HostAndPort, List<RegionFeed>> elsewhere = new LinkedHashMap<>();
            for (RegionFeed feed : feeds) {
                HostAndPort its = topology.masterOf(feed.names().head());
                if (!its.equals(master)) {
                    elsewhere.computeIfAbsent(its, node -> new ArrayList<>()).add(feed);
                }
            }
            if (!elsewhere.isEmpty()) {
                elsewhere.values().forEach(feeds::removeAll);
                owner.rehome(this, elsewhere);
            }
        }
    }

    private void subscribe() {
        HostAndPort master = node;
        if (master == null) {
            throw new BusException("no node is known");
        }
        giveUpReason = "";
        RedisConnection connection = connector.open(master, config.silence());
        subscription = connection;
        if (isClosed()) {
            connection.abort();
        }
        desk.use(master);
        desk.group(List.copyOf(feeds), topology.hasSlots(), topology.hasShardedChannels());
        int channels = 0;
        for (List<String> together : desk.channels()) {
            connection.sendCommand(
                    topology.hasShardedChannels() ? Protocol.Command.SSUBSCRIBE : Protocol.Command.SUBSCRIBE,
                    together.toArray(String[]::new));
            channels += together.size();
        }
        connection.flushCommands();
        long deadlineNanos = time.nanoTime() + connector.commandTimeout().toNanos();
        for (int acknowledged = 0; acknowledged < channels; ) {
            List<?> reply = connection.message();
            if (time.nanoTime() - deadlineNanos > 0) {
                throw new BusException("the server at " + master + " did not acknowledge the subscription in time");
            }
            String kind = RedisConnection.asText(reply.get(0));
            if ("subscribe".equals(kind) || "ssubscribe".equals(kind)) {
                acknowledged++;
            }
        }
        LOG.info("subscribed to {} region(s) on {}", feeds.size(), master);
        listener.connected(master.toString());
        isSubscribed = true;
        feeds.forEach(RegionFeed::subscribed);
    }

    private void receiveUntilBroken() {
        Map<ByteBuffer, RegionFeed> byChannel = new HashMap<>();
        for (RegionFeed feed : feeds) {
            byChannel.put(ByteBuffer.wrap(feed.names().channel().getBytes(StandardCharsets.UTF_8)), feed);
        }
        RedisConnection connection = subscription;
        while (connection != null && !isClosed()) {
            List<?> message = connection.message();
            if (!(message.get(2) instanceof byte[] payload)) {
                // An acknowledgement, or the server takes a sharded channel away because its slot moved.
                if ("sunsubscribe".equals(RedisConnection.asText(message.get(0)))) {
                    throw new BusException("a slot moved to another node");
                }
                continue;
            }
            RegionFeed feed = byChannel.get(ByteBuffer.wrap((byte[]) message.get(1)));
            if (feed != null) {
                feed.receive(payload);
            } else {
                receiveOwn(payload);
            }
        }
    }

    /** This member's own channel carries the answers to its heartbeats, and questions. */
    private void receiveOwn(byte[] payload) {
        MemberMessage message = MemberMessage.parse(payload);
        if (message instanceof MemberMessage.Heads heads) {
            // Only now is the connection known to be of use: a server that refuses heartbeats is not tried ever faster.
            backoff.reset();
            trouble = null;
            for (RegionFeed feed : feeds) {
                Position at = heads.positions().get(feed.region());
                if (at != null) {
                    feed.head(new RegionStateMachine.Head(heads.heartbeat(), at, heads.runId()));
                }
            }
        } else if (message instanceof MemberMessage.Question question) {
            execute(() -> desk.answer(question, List.copyOf(feeds)));
        }
    }

    private void lost(String why) {
        boolean wasSubscribed = isSubscribed;
        isSubscribed = false;
        RedisConnection connection = subscription;
        subscription = null;
        if (connection != null) {
            connection.closeQuietly();
        }
        feeds.forEach(RegionFeed::disconnected);
        if (!isClosed()) {
            trouble = why;
            String where = String.valueOf(node);
            if (wasSubscribed) {
                LOG.warn("the subscription to {} is lost: {}", where, why);
            } else {
                LOG.info("no subscription to {} yet: {}", where, why);
            }
            listener.disconnected(where, why);
        }
    }

    private static String describe(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root == e ? String.valueOf(e.getMessage()) : e.getMessage() + ": " + root.getMessage();
    }

    // ---- control thread

    private void beatSafely() {
        try {
            beat();
        } catch (JedisException | BusException e) {
            beatFailed(e);
        } catch (RuntimeException | Error e) {
            // Nothing may end the schedule.
            LOG.error("a heartbeat met a fault of its own", e);
            desk.drop();
        }
    }

    private void beatFailed(RuntimeException e) {
        desk.drop();
        failedBeats++;
        if (e instanceof JedisConnectionException && failedBeats == 1) {
            // The connection for commands often ends together with the subscribed one, and is found out only now: a
            // fresh one need not wait for the next turn.
            beatNow();
        }
        trouble = describe(e);
        listener.heartbeatFailed(String.valueOf(node), describe(e));
        if (e instanceof JedisRedirectionException) {
            resubscribe("a slot moved to another node");
        }
    }

    private void beat() {
        lastBeatNanos = time.nanoTime();
        beatAsked.set(false);
        if (!isSubscribed) {
            return;
        }
        desk.tendClock();
        for (ControlConnection.Group group : desk.groups()) {
            try {
                String refusal = beat(group);
                if (refusal != null) {
                    trouble = refusal;
                    listener.heartbeatFailed(String.valueOf(node), refusal);
                    resubscribe(refusal);
                    return;
                }
                failedBeats = 0;
            } catch (JedisException e) {
                // The other groups, which live in other slots, are not to suffer for this one.
                beatFailed(e);
            }
        }
        desk.tend(List.copyOf(feeds));
    }

    private @Nullable String beat(ControlConnection.Group group) {
        long id = nextBeat.incrementAndGet();
        remember(id, new Beat(time.nanoTime(), time.wallMicros(), clock.nowMicros()));
        return desk.beat(group, id);
    }

    private void remember(long id, Beat beat) {
        synchronized (beats) {
            beats.put(id, beat);
            int most = MOST_BEATS_UNDER_WAY * Math.max(1, desk.groups().size());
            while (beats.size() > most) {
                beats.remove(beats.keySet().iterator().next());
            }
        }
    }

    @Override
    public @Nullable Beat beat(long id) {
        synchronized (beats) {
            return beats.get(id);
        }
    }

    /** Begins a heartbeat soon; calls until it begins count as one. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // contains its own faults
    public void beatNow() {
        if (beatAsked.compareAndSet(false, true)) {
            long pauseNanos = Math.max(0, lastBeatNanos + LEAST_PAUSE_NANOS - time.nanoTime());
            try {
                control.schedule(this::beatSafely, Math.min(pauseNanos, LEAST_PAUSE_NANOS), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("closed; nothing more is asked of {}", node);
            }
        }
    }

    @Override
    public void replay(RegionFeed feed, long ticket, Position from, long upToSequence) {
        execute(() -> {
            try {
                List<RegionStateMachine.@Nullable Arrival> entries = desk.readLog(feed, from, upToSequence);
                if (entries == null) {
                    feed.pageRefused(ticket);
                } else {
                    feed.page(ticket, entries);
                }
            } catch (RuntimeException | Error e) {
                // A replay that nobody goes on with would leave the region waiting for ever.
                desk.drop();
                resubscribe("the log cannot be read: " + describe(e));
            }
        });
    }

    /** Gives the subscription up; the receiving thread makes a new one. */
    @Override
    public void resubscribe(String why) {
        giveUpReason = why;
        RedisConnection connection = subscription;
        if (connection != null) {
            connection.abort();
        }
    }

    private void execute(Runnable task) {
        try {
            control.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; nothing more is asked of {}", node);
        }
    }

    // ---- the end

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void pause(long millis) {
        try {
            if (closed.await(millis, TimeUnit.MILLISECONDS)) {
                LOG.debug("closed while waiting to connect");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed.countDown();
        }
    }

    /** Leaves all regions and ends both threads. Waits for at most the command timeout, or so. */
    void close() {
        closed.countDown();
        List<RegionFeed> leaving = new ArrayList<>(feeds);
        execute(() -> desk.leave(leaving));
        control.shutdown();
        try {
            long millis = connector.commandTimeout().toMillis();
            if (!control.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
                control.shutdownNow();
                desk.abort();
            }
            RedisConnection connection = subscription;
            if (connection != null) {
                connection.abort();
            }
            receiver.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends what belongs to the receiving thread, on it. */
    private void stop() {
        lost("closed");
        control.shutdown();
    }

    @Override
    public String toString() {
        return "NodeLink[" + node + ", member " + memberId + ", " + feeds.size() + " regions]";
    }
}
