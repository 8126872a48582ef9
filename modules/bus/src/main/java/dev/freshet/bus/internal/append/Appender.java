package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.SelectorParts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The way in, top to bottom: take all that queued up while the last append was under way, pack it, append it in one round
 * trip, answer. One thread at a time. It never waits for a batch to fill, so an idle publisher writes one invalidation a
 * record and a busy one writes many.
 *
 * <p>Where the appending thread is idle, the caller packs and sends in its place, and nobody is woken for that: the answer
 * comes to a thread that waits for it already, see {@link DirectAppends}, and which goes on with what queued up meanwhile. The
 * place is always somebody's alone, see {@link AppendQueue}; what is said here to be of the appending thread is of who has it.
 *
 * <p>While a node is away, what would go there is refused; the thread keeps trying. In a cluster all nodes work at the same
 * time: the calls of all are sent before the answers of any are read.
 */
public final class Appender {

    private static final Logger LOG = LoggerFactory.getLogger(Appender.class);

    /** An idle appender looks after its connections so often. */
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A caller begins only with what is done and sent in no time, and fits into the buffer of a socket. */
    private static final int MOST_NAMES_OF_A_CALLER = 16;

    /** So many regions' homes are remembered; beyond it all nodes are taken for changed. */
    private static final int MOST_HOMES = 10_000;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final RedisConnector connector;
    private final Topology topology;
    private final PublisherConfig config;
    private final PublisherListener listener;
    private final TimeSource time;
    private final AppendQueue queue;
    private final RetransmitBuffer acknowledged;
    private final Map<HostAndPort, AppendNode> nodes = new ConcurrentHashMap<>();

    /** Where each region lived when it was last appended to, to notice that it moved. */
    private final Map<String, AppendNode> homes = new HashMap<>();

    private final Thread thread;

    /** What the last server said that is not the one to ask; of the appending thread. */
    private String elsewhereReason = "";

    private volatile @Nullable AppendNode firstNode;
    private volatile @Nullable String awayReason;

    Appender(
            RedisConnector connector,
            Topology topology,
            PublisherConfig config,
            PublisherListener listener,
            TimeSource time) {
        this.connector = connector;
        this.topology = topology;
        this.config = config;
        this.listener = listener;
        this.time = time;
        this.queue = new AppendQueue(config.queueMaximumInvalidations());
        this.acknowledged = new RetransmitBuffer(config);
        this.thread = new Thread(this::run, "freshet-append");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Takes a change in, or fails its future at once. Any thread; never blocks. */
    void accept(Submission submission) {
        String away = awayReason;
        if (away != null) {
            refuse(List.of(submission), Reason.REDIS_AWAY, "Redis is away: " + away, false);
            return;
        }
        boolean mayBegin = SelectorParts.weigh(submission.selectors()) <= MOST_NAMES_OF_A_CALLER;
        switch (queue.offer(submission, mayBegin)) {
            case TAKEN -> {}
            case CLAIMED -> begin(submission);
            case FULL -> refuseFull(List.of(submission));
            case CLOSED -> refuse(List.of(submission), Reason.CLOSED, "the publisher is closed", false);
        }
    }

    /** Takes changes in, in this order, or fails the futures of those for which there is no room. Never blocks. */
    void acceptAll(List<Submission> submissions) {
        String away = awayReason;
        if (away != null) {
            refuse(submissions, Reason.REDIS_AWAY, "Redis is away: " + away, false);
            return;
        }
        List<Submission> left = submissions.subList(queue.offerAll(submissions), submissions.size());
        if (!left.isEmpty() && queue.isClosed()) {
            refuse(left, Reason.CLOSED, "the publisher is closed", false);
        } else if (!left.isEmpty()) {
            refuseFull(left);
        }
    }

    private void refuseFull(List<Submission> submissions) {
        refuse(
                submissions,
                Reason.QUEUE_FULL,
                "the queue is full: " + config.queueMaximumInvalidations() + " keys, tags and prefixes wait",
                false);
    }

    // ---- in place of the appending thread

    /** On a caller's thread, which has the place. */
    private void begin(Submission submission) {
        @Nullable Submission undone = submission;
        try {
            AppendNode node = homes.get(submission.region());
            if (node != null && node.isReady()) {
                RecordPacker.Result packed = RecordPacker.pack(List.of(submission), config.name(), node.clock());
                if (packed.records().size() == 1) {
                    AppendNode.Call call = new AppendNode.Call(submission.region(), packed.records());
                    DirectAppends.Begun its =
                            new DirectAppends.Begun(call, node.encoded(call), submission, packed, time.nanoTime());
                    undone = null; // from now on the lane hands the place on
                    node.lane().begin(its);
                }
            }
        } finally {
            if (undone != null) {
                undone.rewind(false);
                queue.release(undone);
            }
        }
    }

    /** What a caller began has come to its end, and whoever this is has the place. */
    private void ended(AppendNode node, DirectAppends.Begun its, AppendNode.@Nullable Answer answer) {
        Submission submission = its.submission();
        JedisDataException refusal = answer == null ? null : answer.refusal();
        if (answer == null || (refusal != null && RedisErrors.isElsewhere(refusal))) {
            submission.rewind(answer == null);
            listener.handedBack(submission.region());
            queue.release(submission);
            return;
        }
        try {
            contained(List.of(submission), () -> {
                tell(its.call().region(), its.packed());
                settle(node, answer, time.nanoTime() - its.sentNanos(), new ArrayList<>());
                submission.settle();
                node.register(List.of(its.call().region()));
            });
        } finally {
            goOn();
        }
    }

    /** Does what came meanwhile, as it is there already, before the place is handed back. */
    private void goOn() {
        boolean isHandedBack = false;
        try {
            for (List<Submission> next = queue.takeOrRelease(); !next.isEmpty(); next = queue.takeOrRelease()) {
                append(next);
            }
            isHandedBack = true;
        } finally {
            if (!isHandedBack) {
                queue.release(null);
            }
        }
    }

    // ---- the line, on the appending thread

    private void run() {
        try {
            while (true) {
                tendSafely();
                List<Submission> taken = queue.takeAll(IDLE_NANOS);
                if (!taken.isEmpty()) {
                    append(taken);
                } else if (queue.isClosed()) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted while closing");
        } finally {
            queue.close();
            refuse(queue.takeRest(), Reason.CLOSED, "the publisher is closed", false);
            nodes.values().forEach(AppendNode::close);
        }
    }

    private void append(List<Submission> taken) {
        contained(taken, () -> {
            Map<AppendNode, List<AppendNode.Call>> calls = pack(taken);
            finish(taken, calls, exchange(calls));
        });
    }

    private void finish(
            List<Submission> taken, Map<AppendNode, List<AppendNode.Call>> calls, List<AppendNode.Call> elsewhere) {
        if (!elsewhere.isEmpty()) {
            // A failover, or a slot that moved: whoever is the master now gets them, once.
            topology.refresh();
            refuseCalls(exchange(route(elsewhere)), "no server that was asked takes it: " + elsewhereReason);
        }
        taken.forEach(Submission::settle);
        calls.forEach((node, ofNode) ->
                node.register(ofNode.stream().map(AppendNode.Call::region).toList()));
    }

    private void contained(List<Submission> taken, Runnable work) {
        try {
            work.run();
        } catch (JedisException | BusException e) {
            awayReason = RedisErrors.rootMessage(e);
            refuse(taken, Reason.REDIS_AWAY, "Redis is away: " + RedisErrors.rootMessage(e), true);
        } catch (RuntimeException | Error e) {
            // Nobody may wait for ever for an answer, and the thread must live.
            LOG.error("an append met a fault of its own", e);
            refuse(taken, Reason.REDIS_AWAY, "a fault of the publisher's own: " + e, true);
        }
    }

    private void tell(String region, RecordPacker.Result packed) {
        for (int i = 0; i < packed.fromFuture(); i++) {
            listener.changedInFuture(region);
        }
        if (packed.duplicates() > 0) {
            listener.duplicatesDropped(region, packed.duplicates());
        }
    }

    /** Groups by region, finds each region's node, and packs with that node's clock. */
    private Map<AppendNode, List<AppendNode.Call>> pack(List<Submission> taken) {
        Map<String, List<Submission>> byRegion = new LinkedHashMap<>();
        for (Submission submission : taken) {
            byRegion.computeIfAbsent(submission.region(), region -> new ArrayList<>())
                    .add(submission);
        }
        Map<AppendNode, List<AppendNode.Call>> calls = new LinkedHashMap<>();
        byRegion.forEach((region, submissions) -> {
            AppendNode node = nodeOf(region);
            RecordPacker.Result packed = RecordPacker.pack(submissions, config.name(), node.clock());
            tell(region, packed);
            List<RecordPacker.Packed> records = packed.records();
            for (int from = 0; from < records.size(); from += AppendBatch.MAX_RECORDS) {
                int to = Math.min(records.size(), from + AppendBatch.MAX_RECORDS);
                calls.computeIfAbsent(node, n -> new ArrayList<>())
                        .add(new AppendNode.Call(region, RecordPacker.awaitOnce(records.subList(from, to))));
            }
        });
        return calls;
    }

    private Map<AppendNode, List<AppendNode.Call>> route(List<AppendNode.Call> calls) {
        Map<AppendNode, List<AppendNode.Call>> routed = new LinkedHashMap<>();
        for (AppendNode.Call call : calls) {
            routed.computeIfAbsent(nodeOf(call.region()), node -> new ArrayList<>())
                    .add(call);
        }
        return routed;
    }

    /** Sends to all nodes, then reads from all. Returns the calls that another server should get. */
    private List<AppendNode.Call> exchange(Map<AppendNode, List<AppendNode.Call>> calls) {
        long sentNanos = time.nanoTime();
        Map<AppendNode, List<AppendNode.Call>> sent = new LinkedHashMap<>();
        calls.forEach((node, ofNode) -> {
            try {
                node.ensureUp();
                node.send(ofNode);
                sent.put(node, ofNode);
            } catch (JedisException | BusException e) {
                if (sendOnceMore(node, ofNode, e)) {
                    sent.put(node, ofNode);
                }
            }
        });
        List<AppendNode.Call> elsewhere = new ArrayList<>();
        boolean isAllRead = false;
        try {
            sent.forEach((node, ofNode) -> receive(node, ofNode, sentNanos, elsewhere));
            isAllRead = true;
        } finally {
            if (!isAllRead) {
                // A fault of our own. What was not read must not be taken for the answers to what is sent next.
                sent.keySet().forEach(AppendNode::abort);
            }
        }
        return elsewhere;
    }

    private void receive(
            AppendNode node, List<AppendNode.Call> calls, long sentNanos, List<AppendNode.Call> elsewhere) {
        List<AppendNode.Answer> answers;
        try {
            try {
                answers = node.receive(calls);
            } catch (JedisException e) {
                if (!sendOnceMore(node, calls, e)) {
                    return;
                }
                answers = node.receive(calls);
            }
        } catch (JedisException e) {
            refuseCalls(calls, node.down(e));
            return;
        }
        long elapsedNanos = time.nanoTime() - sentNanos;
        for (AppendNode.Answer answer : answers) {
            settle(node, answer, elapsedNanos, elsewhere);
        }
    }

    /**
     * A connection that broke, perhaps long ago and unnoticed, says nothing about the server. Repeating is harmless: an
     * invalidation that is applied twice evicts nothing the second time.
     */
    private boolean sendOnceMore(AppendNode node, List<AppendNode.Call> calls, RuntimeException e) {
        try {
            if (node.isUp()) {
                LOG.info(
                        "the connection to {} broke; trying once more: {}", node.address(), RedisErrors.rootMessage(e));
                node.reconnect();
                node.send(calls);
                return true;
            }
            refuseCalls(calls, RedisErrors.rootMessage(e));
        } catch (JedisException | BusException again) {
            refuseCalls(calls, node.down(again));
        }
        return false;
    }

    private void settle(AppendNode node, AppendNode.Answer answer, long elapsedNanos, List<AppendNode.Call> elsewhere) {
        AppendNode.Call call = answer.call();
        JedisDataException refusal = answer.refusal();
        Position last = answer.last();
        if (refusal != null && RedisErrors.isElsewhere(refusal)) {
            elsewhereReason = String.valueOf(refusal.getMessage());
            elsewhere.add(call);
        } else if (refusal != null || last == null) {
            String why = refusal == null ? "an empty answer" : String.valueOf(refusal.getMessage());
            LOG.warn("region {}: Redis refused an append: {}", call.region(), why);
            call.records().forEach(r -> refuse(r.callers(), Reason.REDIS_REFUSED, "Redis refused: " + why, true));
        } else if (!node.hadEnoughReplicas()) {
            String refused = node.waitRefusal();
            String why = refused != null
                    ? "Redis refused to wait for its replicas: " + refused
                    : "fewer than " + config.waitReplicas() + " replicas acknowledged within " + config.waitTimeout();
            call.records().forEach(r -> refuse(r.callers(), Reason.TOO_FEW_REPLICAS, why, true));
        } else {
            long sequence = last.sequence() - call.records().size();
            int invalidations = 0;
            for (RecordPacker.Packed record : call.records()) {
                // Where a new epoch began within the call, its first records went with the old one, and are covered by
                // it.
                Position at = last.at(Math.max(1, ++sequence));
                record.callers().forEach(caller -> caller.logged(at, answer.loggedAtMicros()));
                invalidations += record.invalidations();
            }
            listener.appended(call.region(), call.records().size(), invalidations, elapsedNanos);
        }
    }

    private void refuseCalls(List<AppendNode.Call> calls, String why) {
        for (AppendNode.Call call : calls) {
            call.records()
                    .forEach(record -> refuse(record.callers(), Reason.REDIS_AWAY, "Redis is away: " + why, true));
        }
    }

    private void refuse(Iterable<Submission> submissions, Reason reason, String why, boolean mayHaveBeenAppended) {
        UnavailableException refusal = new UnavailableException(reason, why, mayHaveBeenAppended, RETRY_AFTER);
        int refused = 0;
        for (Submission submission : submissions) {
            if (!submission.done().isDone()) {
                submission.fail(
                        submission.wasSent() ? new UnavailableException(reason, why, true, RETRY_AFTER) : refusal);
                refused++;
            }
        }
        if (refused > 0) {
            listener.refused(reason, refused);
        }
    }

    // ---- the nodes

    private AppendNode nodeOf(String region) {
        HostAndPort master = topology.masterOf(new RedisNames(region).head());
        AppendNode node = nodes.computeIfAbsent(
                master,
                address -> new AppendNode(
                        address, connector, topology, config, listener, time, acknowledged, this::ended));
        if (homes.size() >= MOST_HOMES) {
            homes.clear();
            nodes.values().forEach(AppendNode::regionsCame);
        }
        AppendNode former = homes.put(region, node);
        if (former != null && former != node) {
            node.regionsCame();
        }
        return node;
    }

    private void tendSafely() {
        try {
            tend();
        } catch (RuntimeException | Error e) {
            LOG.error("looking after the connections met a fault of its own", e);
        }
    }

    /** Looks after connections and clocks, and notices when a node that was away is back. */
    private void tend() {
        nodes.values().forEach(AppendNode::tend);
        AppendNode first = firstNode;
        if (first != null && first.isUp()) {
            awayReason = null;
            return;
        }
        try {
            if (first != null) {
                topology.refresh();
            }
            AppendNode node = nodeOf("freshet");
            firstNode = node;
            node.ensureUp();
            awayReason = null;
        } catch (JedisException | BusException e) {
            // In a cluster the other nodes may be well: what goes there finds out for itself.
            String why = RedisErrors.rootMessage(e);
            if (!topology.hasSlots()) {
                awayReason = why;
                refuse(queue.takeRest(), Reason.REDIS_AWAY, "Redis is away: " + why, false);
            }
        }
    }

    /** Whether the node, in a cluster the first one, is connected. Any thread. */
    boolean isConnected() {
        AppendNode first = firstNode;
        return first != null && first.isUp() && awayReason == null;
    }

    /** The clock of the node, in a cluster of the first one, or null before there is any. Any thread. */
    @Nullable
    RedisClock clock() {
        AppendNode first = firstNode;
        return first == null ? null : first.clock();
    }

    int queuedInvalidations() {
        return queue.size();
    }

    long acknowledgedBytes() {
        return acknowledged.bytes();
    }

    /** Appends what is queued, then ends. Waits for at most twice the command timeout. */
    void close() {
        queue.close();
        try {
            thread.join(connector.commandTimeout().toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                nodes.values().forEach(AppendNode::abort);
                thread.join(connector.commandTimeout().toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
