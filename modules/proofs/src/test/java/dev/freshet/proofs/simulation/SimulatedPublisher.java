package dev.freshet.proofs.simulation;

import dev.freshet.bus.Receipt;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A publisher: takes changes in, appends them, and repeats what failed, as callers do who hear 503. Whom it talks to and
 * what it appends again follows the production's Retransmitter.
 */
final class SimulatedPublisher {

    /** Protobuf's field 1, least_reader_revision, with a revision of the future; the last of several counts. */
    private static final byte[] FROM_THE_FUTURE = {0x08, 0x63};

    private final World world;
    private final VirtualClock clock;
    private final Deque<Change> queue = new ArrayDeque<>();
    private final IdentityHashMap<byte[], List<Change>> changesOf = new IdentityHashMap<>();

    /** What this life of it had acknowledged, and so what an invalidation of everything covers. */
    private final List<Change> acknowledged = new ArrayList<>();

    private SimulatedAppends appends;
    private @Nullable Node node;
    private @Nullable RedisModel server;
    private @Nullable String knownRunId;

    /** Whether it runs a newer version, whose records today's readers must not apply. */
    boolean isNewer;

    SimulatedPublisher(World world) {
        this.world = world;
        this.clock = new VirtualClock(world);
        this.appends = newAppends();
    }

    private SimulatedAppends newAppends() {
        return new SimulatedAppends(
                World.REGION, world.logMaximumRecords, Duration.ofNanos(world.retentionMicros * 1_000));
    }

    void submit(Change change) {
        queue.add(change);
    }

    boolean isIdle() {
        return queue.isEmpty();
    }

    /** Appends what queued up, at most so many changes, as one record or as one each. */
    void append(int atMost, boolean together, boolean answerIsLost) {
        RedisModel current = connect();
        if (current == null || queue.isEmpty()) {
            return;
        }
        List<Change> taken = new ArrayList<>();
        while (taken.size() < atMost && !queue.isEmpty()) {
            taken.add(queue.poll());
        }
        List<byte[]> bodies = new ArrayList<>();
        if (together) {
            bodies.add(body(taken));
        } else {
            taken.forEach(change -> bodies.add(body(List.of(change))));
        }
        Receipt receipt = append(current, bodies);
        if (receipt != null && !answerIsLost) {
            bodies.forEach(body -> appends.acknowledged(body, current.runId, clock.nanoTime()));
            acknowledged.addAll(taken);
            world.awaits.add(new World.Awaited(receipt.position(), receipt.loggedAtMicros(), List.copyOf(taken)));
            return;
        }
        if (receipt != null) {
            world.trace("  the answer is lost");
        }
        disconnect();
        for (int i = taken.size() - 1; i >= 0; i--) {
            queue.addFirst(taken.get(i));
        }
    }

    /** Returns null if the server refuses. */
    private @Nullable Receipt append(RedisModel to, List<byte[]> bodies) {
        String[] reply;
        try {
            reply = world.run(to, appends.call(to.runId, bodies)).toString().split(" ", -1);
            world.trace(
                    "  appended up to " + reply[0] + "-" + reply[1] + (reply[3].equals("1") ? ", a new epoch" : ""));
        } catch (RedisError e) {
            world.trace("  refused: " + e.getMessage());
            return null;
        }
        for (byte[] body : bodies) {
            world.appended(to, Objects.requireNonNull(changesOf.get(body)));
        }
        return new Receipt(World.REGION, Position.parse(reply[0] + "-" + reply[1]), Long.parseLong(reply[2]));
    }

    private byte[] body(List<Change> changes) {
        List<Invalidation> invalidations = changes.stream()
                .map(change -> new Invalidation(
                        change.selector, change.committedAtMicros, change.committedAtMicros, change.version))
                .toList();
        byte[] body = RecordCodec.encodeBody(new RecordBody("publisher", OptionalLong.empty(), invalidations));
        if (isNewer) {
            byte[] newer = java.util.Arrays.copyOf(body, body.length + FROM_THE_FUTURE.length);
            System.arraycopy(FROM_THE_FUTURE, 0, newer, body.length, FROM_THE_FUTURE.length);
            body = newer;
        }
        changesOf.put(body, changes);
        return body;
    }

    /** Looks, as it does now and then, whether its server is there and is a master. */
    void tend() {
        RedisModel current = server;
        if (current != null && (!isReachable() || !current.isMaster())) {
            disconnect();
        }
        connect();
    }

    private @Nullable RedisModel connect() {
        if (!isReachable()) {
            disconnect();
            Node master = world.official();
            RedisModel fresh = master.server;
            if (fresh == null || !fresh.isMaster()) {
                return null;
            }
            long nowNanos = clock.nanoTime();
            if (!appends.appendAgain(fresh.runId, nowNanos, body -> append(fresh, List.of(body)) != null)
                    || !coverDropped(fresh, nowNanos)) {
                return null;
            }
            if (!fresh.runId.equals(knownRunId)) {
                world.trace("  a publisher knows its server as " + fresh.runId);
                knownRunId = fresh.runId;
            }
            node = master;
            server = fresh;
        }
        return server;
    }

    /** Invalidates the region where the server may lack what is not kept any more. Returns whether it need not, or took it. */
    private boolean coverDropped(RedisModel to, long nowNanos) {
        String head = world.names.head();
        RedisClock itsClock = new RedisClock(clock);
        itsClock.sample(nowNanos, nowNanos, to.timeMicros());
        String since = to.wasSetBack ? null : to.headField(head, "since");
        if (!appends.isUnproven(to.runId, to.headField(head, "run"), since, itsClock, nowNanos)) {
            return true;
        }
        world.trace("  what is not kept may be lost: everything is invalidated");
        Invalidation all = new Invalidation(Selector.all(), 0, 0, OptionalLong.empty());
        byte[] body = RecordCodec.encodeBody(new RecordBody("publisher", OptionalLong.empty(), List.of(all)));
        changesOf.put(body, List.copyOf(acknowledged));
        if (append(to, List.of(body)) == null) {
            return false;
        }
        appends.replacedDropped(body, to.runId, nowNanos);
        return true;
    }

    private boolean isReachable() {
        return node != null && server != null && node.server == server;
    }

    void disconnect() {
        node = null;
        server = null;
    }

    /** Dies and starts again. What callers heard no answer for they bring again; what it kept for a failover is gone. */
    void die() {
        disconnect();
        knownRunId = null;
        acknowledged.clear();
        appends = newAppends();
    }
}
