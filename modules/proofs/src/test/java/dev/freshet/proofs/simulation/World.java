package dev.freshet.proofs.simulation;

import dev.freshet.proofs.mutation.Breach;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything there is: two addresses with a Redis each, one the other's replica; a sentinel's idea of which is the master;
 * publishers, service replicas, the source of truth, and time, which moves only when a step says so.
 */
final class World {

    static final String REGION = "users";

    /** What {@code min-replicas-max-lag} is set to: so long a master that is cut off goes on to write. */
    static final long MAX_LAG_MICROS = 400_000;

    /** The regions' {@code unconfirmed.after}. */
    static final long BOUND_MICROS = 1_000_000;

    /** A region that nobody follows, and to which nobody has appended for so long, is removed. */
    static final long UNUSED_MICROS = 200_000;

    /** How long a connection may carry nothing before its subscriber gives it up. */
    static final long SILENCE_MICROS = 1_500_000;

    final LuaRunner lua;
    final Source source = new Source();
    final RedisNames names = new RedisNames(REGION);
    final int logMaximumRecords;
    final int maximumBroadInvalidations;
    final Node first = new Node("first");
    final Node second = new Node("second");
    final List<SimulatedReplica> replicas = new ArrayList<>();
    final List<SimulatedPublisher> publishers = new ArrayList<>();

    /** Whether somebody set a server's clock: times of two servers cannot be compared then. */
    boolean clocksWereSet;

    /** What was acknowledged, and is to be seen everywhere where the fleet says so. */
    final List<Awaited> awaits = new ArrayList<>();

    /** How long publishers keep what was acknowledged; for those that start from now on. */
    long retentionMicros = 60_000_000;

    private final @Nullable List<String> trace;
    private final Map<RedisModel, Long> cutOff = new HashMap<>();
    private final List<Change> inDoubt = new ArrayList<>();
    private Node official = first;
    private long nowMicros = 1_700_000_000_000_000L;
    private long disruptions;
    private int servers;
    private int histories;
    private int resets;
    private int expiries;
    private String unusedState = "";
    private long reads;
    private long foundInRedis;

    /** Changes that were acknowledged at a position. */
    record Awaited(Position position, long loggedAtMicros, List<Change> changes) {}

    World(LuaRunner lua, int logMaximumRecords, int maximumBroadInvalidations, @Nullable List<String> trace) {
        this.lua = lua;
        this.logMaximumRecords = logMaximumRecords;
        this.maximumBroadInvalidations = maximumBroadInvalidations;
        this.trace = trace;
        RedisModel master = startServer(nextHistory());
        RedisModel copy = startServer(master.replicationId);
        copy.master = master;
        first.server = master;
        second.server = copy;
    }

    SimulatedReplica addReplica(SimulatedReplica.Policies policies) {
        return addReplica(policies, SimulatedReplica.NO_TIER);
    }

    /** @param codecVersion of its tier's codec, or {@link SimulatedReplica#NO_TIER} */
    SimulatedReplica addReplica(SimulatedReplica.Policies policies, int codecVersion) {
        SimulatedReplica replica =
                new SimulatedReplica(this, "replica" + (replicas.size() + 1), policies, codecVersion);
        replicas.add(replica);
        return replica;
    }

    SimulatedPublisher addPublisher() {
        SimulatedPublisher publisher = new SimulatedPublisher(this);
        publishers.add(publisher);
        return publisher;
    }

    // ---- time and notes

    long nowMicros() {
        return nowMicros;
    }

    void pass(long micros) {
        nowMicros += micros;
    }

    void trace(String what) {
        if (trace != null) {
            trace.add(String.format(java.util.Locale.ROOT, "%10.3f ms  %s", nowMicros % 1_000_000_000 / 1e3, what));
        }
    }

    boolean isTracing() {
        return trace != null;
    }

    /** How many things happened after which a region may have to be reset. */
    long disruptions() {
        return disruptions;
    }

    void disrupted(String how) {
        disruptions++;
        trace("! " + how);
    }

    void countReset() {
        resets++;
    }

    void countFoundInRedis() {
        foundInRedis++;
    }

    long foundInRedis() {
        return foundInRedis;
    }

    void countRead() {
        reads++;
    }

    int resets() {
        return resets;
    }

    long reads() {
        return reads;
    }

    // ---- scripts

    /**
     * Runs a script, and sees to it that a new epoch begins only where the former one cannot be gone on with.
     *
     * @throws RedisError as Redis would answer
     */
    Object run(RedisModel on, SimulatedCall call) {
        String epoch = on.headField(names.head(), "epoch");
        boolean wasBroken = on.isDamaged()
                || epoch == null
                || !on.runId.equals(on.headField(names.head(), "run"))
                || !on.replicationId.equals(on.headField(names.head(), "replid"));
        boolean wasDamaged = on.isDamaged();
        Object reply = null;
        RedisError failure = null;
        try {
            reply = lua.run(on, call);
        } catch (RedisError e) {
            failure = e;
        }
        on.failingWrite = 0;
        String epochNow = on.headField(names.head(), "epoch");
        if (epochNow != null && !epochNow.equals(epoch)) {
            if (!wasBroken) {
                throw new Breach("an epoch began on " + on + ", where nothing was wrong with the former one");
            }
            if (failure == null && wasDamaged) {
                on.repaired();
            }
            disrupted("an epoch begins on " + on);
        }
        if (failure != null) {
            throw failure;
        }
        return Objects.requireNonNull(reply);
    }

    // ---- what was appended

    /** Changes were appended to a server's log: known to all that follow it, if nobody else is the master by now. */
    void appended(RedisModel by, List<Change> changes) {
        by.appended();
        changes.forEach(change -> change.appendedOn.add(by));
        if (official.server == by && by.isolatedAtMicros < 0) {
            changes.forEach(change -> change.effectiveAtMicros = Math.min(change.effectiveAtMicros, nowMicros));
        } else {
            inDoubt.addAll(changes);
        }
    }

    /** Looks whether the region is unused, and removes it if it was already when this was called last, and has not changed since. */
    void expire() {
        RedisModel master = official.server;
        if (master == null) {
            return;
        }
        // Where head and log are not both there, the epoch is over, whoever used it.
        boolean isIntact = !master.isDamaged() && master.headField(names.head(), "epoch") != null;
        List<String> members = SimulatedFleet.live(master.hash(names.members()), master.timeMicros());
        List<?> reply;
        try {
            Duration unusedFor = Duration.ofNanos(UNUSED_MICROS * 1_000);
            reply = (List<?>) run(master, SimulatedRemoval.call(names, unusedFor, unusedState));
        } catch (RedisError e) {
            trace("unused regions cannot be looked for: " + e.getMessage());
            return;
        }
        String what = String.valueOf(reply.get(0));
        trace("the region is looked at on " + master + ": " + what);
        unusedState = what.equals("unused") || what.equals("changed") ? String.valueOf(reply.get(1)) : "";
        if (what.equals("removed")) {
            if (!members.isEmpty()) {
                throw new Breach("a region expires that " + members + " follow");
            }
            if (isIntact && !clocksWereSet && master.appendedAgoMicros() < UNUSED_MICROS) {
                throw new Breach("a region expires to which somebody has just appended");
            }
            expiries++;
            disrupted("the region expires on " + master);
        }
    }

    int expiries() {
        return expiries;
    }

    /** Asks the fleet, as a publisher does that waits, who has applied something, and checks that this holds. */
    void askFleet(Awaited awaited) {
        RedisModel master = official.server;
        if (master == null) {
            return;
        }
        Map<String, String> rows = master.hash(names.members());
        // If clocks were set, an epoch counts only if the replica followed it: none was adopted after this.
        long loggedAtMicros = clocksWereSet ? Long.MAX_VALUE : awaited.loggedAtMicros();
        List<String> applied = SimulatedFleet.applied(rows, awaited.position(), loggedAtMicros, master.timeMicros());
        for (SimulatedReplica replica : replicas) {
            if (applied.contains(replica.name)) {
                trace(replica + " counts as if it had applied " + awaited.position());
                replica.requireApplied(awaited);
            }
        }
    }

    // ---- servers

    private RedisModel startServer(String replicationId) {
        servers++;
        return new RedisModel(this, "run" + servers, replicationId, servers * 137L);
    }

    private String nextHistory() {
        histories++;
        return String.format("%040x", histories); // of the length that Redis gives it
    }

    /** The node that a sentinel names as the master. */
    Node official() {
        return official;
    }

    private Node other() {
        return official == first ? second : first;
    }

    List<RedisModel> replicasOf(RedisModel master) {
        List<RedisModel> found = new ArrayList<>(1);
        for (Node node : List.of(first, second)) {
            if (node.server != null && node.server.master == master) {
                found.add(node.server);
            }
        }
        return found;
    }

    /** Since when this server was the master for itself alone, or -1. */
    long wasCutOff(RedisModel server) {
        return cutOff.getOrDefault(server, -1L);
    }

    /** What the replica holds catches up with its master. */
    void replicate() {
        RedisModel master = official.server;
        RedisModel copy = other().server;
        if (master != null && copy != null && copy.master == master && master.isolatedAtMicros < 0) {
            copy.load(master.snapshot());
            copy.replicationId = master.replicationId;
        }
    }

    /** The master dies, and with it its connections; some are only found out by silence. */
    void crash(Node node, boolean silently, int lost) {
        RedisModel server = node.server;
        if (server != null) {
            disrupted(server + " dies" + (silently ? " silently" : ""));
            List.copyOf(server.wires()).forEach(wire -> wire.sever(silently, lost));
            node.server = null;
        }
    }

    /** A server starts at an address that has none, with what its file holds if it is to. */
    void restart(Node node, boolean withFile) {
        if (node.server != null) {
            return;
        }
        RedisModel master = official.server;
        RedisModel fresh = startServer(nextHistory());
        if (node != official && master != null && master.isMaster()) {
            fresh.master = master;
            fresh.replicationId = master.replicationId;
            fresh.load(master.snapshot());
        } else if (withFile && node.file != null) {
            fresh.load(node.file);
        }
        disrupted(fresh + " starts at " + node + (fresh.master == null ? "" : " as a replica"));
        node.server = fresh;
    }

    void save(Node node) {
        if (node.server != null) {
            node.file = node.server.snapshot();
        }
    }

    /** The master loses its replica and everybody who is not connected to it already. */
    void isolate() {
        RedisModel master = official.server;
        if (master != null && master.isMaster() && master.isolatedAtMicros < 0 && other().server != null) {
            disrupted(master + " is cut off");
            master.isolatedAtMicros = nowMicros;
            cutOff.put(master, nowMicros);
        }
    }

    /** The replica becomes the master, with what it holds. The former one, if it lives, does not know yet. */
    void promote() {
        RedisModel former = official.server;
        RedisModel promoted = other().server;
        if (promoted == null || promoted.isMaster()) {
            return;
        }
        disrupted(promoted + " is promoted");
        if (former != null) {
            // It has lost its replica, whatever else it has.
            former.isolatedAtMicros = former.isolatedAtMicros < 0 ? nowMicros : former.isolatedAtMicros;
            cutOff.putIfAbsent(former, nowMicros);
        }
        promoted.master = null;
        promoted.replicationId = nextHistory();
        promoted.isolatedAtMicros = -1;
        cutOff.remove(promoted);
        official = other();
    }

    /** A former master learns that it is one no longer, and takes the new one's data. Its connections live on. */
    void demote() {
        RedisModel former = other().server;
        RedisModel master = official.server;
        if (former != null && former.isMaster() && master != null && master.isMaster()) {
            disrupted(former + " is demoted");
            former.master = master;
            former.replicationId = master.replicationId;
            former.isolatedAtMicros = -1;
            former.load(master.snapshot());
        }
    }

    /** The master gets its replica back. */
    void reunite() {
        RedisModel master = official.server;
        if (master != null && master.isolatedAtMicros >= 0) {
            trace(master + " is no longer cut off");
            master.isolatedAtMicros = -1;
            cutOff.remove(master);
            inDoubt.forEach(change -> change.effectiveAtMicros = Math.min(change.effectiveAtMicros, nowMicros));
            inDoubt.clear();
        }
    }

    // ---- the end

    /** Ends all faults, lets everything happen that still will, and checks that nothing is stale for good. */
    void settle() {
        trace("settling");
        for (Change shown = source.show(); shown != null; shown = source.show()) {
            publishers.get(0).submit(shown);
        }
        for (Node node : List.of(official, other())) {
            if (node.server == null) {
                restart(node, true);
            }
        }
        demote();
        RedisModel master = official.server;
        if (master == null) {
            throw new IllegalStateException("a world has a master in the end");
        }
        master.master = null;
        reunite();
        replicate();
        long before = nowMicros;
        replicas.forEach(replica -> replica.failReader(0));
        for (int round = 0; round < 60; round++) {
            pass(30_000);
            for (SimulatedPublisher publisher : publishers) {
                publisher.isNewer = false;
                publisher.tend();
                publisher.append(100, false, false);
            }
            replicas.forEach(this::settle);
        }
        for (SimulatedPublisher publisher : publishers) {
            if (!publisher.isIdle()) {
                throw new Breach("a publisher cannot get rid of its changes, though all is well again");
            }
        }
        awaits.forEach(this::askFleet);
        replicas.forEach(SimulatedReplica::requireRegionLoadsEnded);
        for (SimulatedReplica replica : replicas) {
            if (replica.confirmedAgeNanos() / 1_000 > nowMicros - before) {
                throw new Breach(replica + " is not confirmed, though all is well again");
            }
            for (String key : source.keys()) {
                Source.Row row = replica.peek(key);
                if (row != null
                        && !Source.isVersioned(key)
                        && row.version() < source.read(key).version()) {
                    throw new Breach(replica + " keeps " + row + " for good; the source has version "
                            + source.read(key).version());
                }
            }
        }
    }

    private void settle(SimulatedReplica replica) {
        replica.isFrozen = false;
        Wire wire = replica.wire();
        if (wire != null) {
            wire.losesRecords = false;
        }
        replica.lookForSilence();
        replica.connect(official);
        replica.beginBeat();
        for (int i = 0; i < 20; i++) {
            replica.runBeat();
            replica.deliver(100);
            replica.readPage();
            replica.runTier(10, false);
        }
        if (replica.hasTier()) {
            replica.sweep();
            replica.finishRegionLoads();
        }
        for (String key : source.keys()) {
            replica.read(key, true, 0);
        }
    }
}
