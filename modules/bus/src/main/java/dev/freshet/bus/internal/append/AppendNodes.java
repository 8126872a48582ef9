package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The nodes that a publisher appends to, and which region lives where. Belongs to the leader, except where a method says any
 * thread.
 */
final class AppendNodes {

    /** At most this many regions' homes are remembered; beyond it all nodes count as changed. */
    private static final int MAX_HOMES = 10_000;

    /** No region's name, but as good as one: the node that has it stands for all, see {@link #isConnected}. */
    private static final String FIRST = "freshet";

    private static final Logger LOG = LoggerFactory.getLogger(AppendNodes.class);

    /** Between two looks for the nodes of a cluster that are not connected. */
    private static final long LOOK_INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final AppendContext context;
    private final Topology topology;
    private final RetransmitBuffer acknowledged;
    private final Map<HostAndPort, AppendNode> nodes = new ConcurrentHashMap<>();

    /** Where each region lived when it was last appended to, to notice that it moved. */
    private final Map<String, AppendNode> homes = new HashMap<>();

    private long nextLookNanos;
    private volatile @Nullable AppendNode first;
    private volatile @Nullable Outage outage;

    /** Why changes are refused from now on; null while they are not. */
    private volatile @Nullable Outage broken;

    AppendNodes(AppendContext context) {
        this.context = context;
        this.topology = context.topology();
        this.acknowledged = new RetransmitBuffer(context.config());
        this.nextLookNanos = context.time().nanoTime();
    }

    /** Returns the node that is the master of a region. May block to find out. */
    AppendNode nodeOf(String region) {
        AppendNode node = at(
                topology.masterOf(context.connector().namespace().region(region).head()));
        if (homes.size() >= MAX_HOMES) {
            homes.clear();
            nodes.values().forEach(AppendNode::regionsCame);
        }
        AppendNode former = homes.put(region, node);
        if (former != null && former != node) {
            node.regionsCame();
        }
        return node;
    }

    /** Returns the node at an address. */
    AppendNode at(HostAndPort server) {
        return nodes.computeIfAbsent(server, address -> new AppendNode(address, context, acknowledged));
    }

    /** Returns the node that a region was last appended to, if a caller may append there directly, else null. */
    @Nullable
    AppendNode readyHomeOf(String region) {
        AppendNode node = homes.get(region);
        return node != null && node.isReady(region) ? node : null;
    }

    /**
     * Looks after connections and clocks, and notices when a node that was unavailable is back.
     *
     * @return why every change must be refused for now, or null
     */
    @Nullable
    Outage tend() {
        Outage lasting = broken;
        if (lasting != null) {
            return lasting;
        }
        nodes.values().forEach(AppendNode::tend);
        for (String region : acknowledged.takeForgotten()) {
            context.listener().recordsUnproven(region, false);
        }
        if (topology.hasSlots()) {
            bringBack();
        }
        AppendNode known = first;
        if (known != null && known.isUp()) {
            outage = null;
            return null;
        }
        try {
            if (known != null) {
                topology.refresh();
            }
            AppendNode node = nodeOf(FIRST);
            first = node;
            node.ensureUp();
            outage = null;
            return null;
        } catch (JedisException | BusException e) {
            if (topology.hasSlots()) {
                return null; // The other nodes of a cluster may be well: what goes there finds out for itself.
            }
            Outage now = Outage.of(e);
            outage = now;
            return now;
        }
    }

    /**
     * Connects to the nodes of a cluster that have regions, so that a region gets its acknowledged records again although
     * nobody publishes to it, and gives up those that have none any more.
     */
    private void bringBack() {
        nodes.values().stream().filter(AppendNode::isConnecting).forEach(AppendNodes::tryUp);
        long nowNanos = context.time().nanoTime();
        if (nowNanos - nextLookNanos < 0 || nodes.values().stream().allMatch(AppendNode::isUp)) {
            return;
        }
        nextLookNanos = nowNanos + LOOK_INTERVAL_NANOS;
        Set<AppendNode> wanted = new HashSet<>();
        try {
            for (String region : List.copyOf(homes.keySet())) {
                wanted.add(homeOf(region));
            }
            for (String region : acknowledged.regions()) {
                wanted.add(homeOf(region));
            }
        } catch (JedisException e) {
            return; // no node of the cluster says who is a master now
        }
        wanted.stream().filter(node -> node != null && !node.isUp()).forEach(AppendNodes::tryUp);
        nodes.values().removeIf(node -> {
            boolean isLeft = !node.isUp() && !node.isConnecting() && !wanted.contains(node) && node != first;
            if (isLeft) {
                node.close();
            }
            return isLeft;
        });
    }

    /** Returns the node of a region; the one that it had, or null, while it has no master. */
    private @Nullable AppendNode homeOf(String region) {
        AppendNode former = homes.get(region);
        try {
            return former == null
                    ? at(topology.masterOf(
                            context.connector().namespace().region(region).head()))
                    : nodeOf(region);
        } catch (BusException e) {
            return former;
        }
    }

    private static void tryUp(AppendNode node) {
        try {
            node.ensureUp();
        } catch (JedisException | BusException e) {
            LOG.debug("{} is still unavailable: {}", node.address(), RedisErrors.rootMessage(e));
        }
    }

    /** Refuses changes from now on, until {@link #tend} finds a node. */
    void allUnavailable(Outage why) {
        outage = why;
    }

    /** Refuses changes for as long as the process lives. Any thread. */
    void broken(Outage why) {
        broken = why;
    }

    /** Returns why changes are refused for as long as the process lives, or null. Any thread. */
    @Nullable
    Outage broken() {
        return broken;
    }

    /** Returns why changes are refused at once, or null. Any thread. */
    @Nullable
    Outage outage() {
        Outage lasting = broken;
        return lasting != null ? lasting : outage;
    }

    /** Whether the node, in a cluster the first one, is connected. Any thread. */
    boolean isConnected() {
        AppendNode known = first;
        return known != null && known.isUp() && outage() == null;
    }

    /** Returns the clock of the node, in a cluster of the first one, or null before there is any. Any thread. */
    @Nullable
    RedisClock clock() {
        AppendNode known = first;
        return known == null ? null : known.clock();
    }

    /** Returns how many bytes of acknowledged records are kept. Any thread. */
    long acknowledgedBytes() {
        return acknowledged.bytes();
    }

    /** Wakes the leader where it waits for an answer. Any thread. */
    void abort() {
        nodes.values().forEach(AppendNode::abort);
    }

    void close() {
        nodes.values().forEach(AppendNode::close);
    }
}
