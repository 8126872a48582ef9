package dev.freshet.proofs.simulation;

import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Histories that each break a simpler protocol, step by step. The promises are checked whenever a replica reads; what a
 * history demands beyond them it says itself.
 */
final class PinnedHistories {

    private static final String KEY = "a:0";
    private static final String TAG = "t0";

    /** One history. */
    record Pinned(String name, Steps steps) {
        /** Runs it; throws {@link Breach} if a promise is broken. */
        void run(LuaRunner lua) {
            steps.run(new PinnedHistories(lua, null));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    interface Steps {
        void run(PinnedHistories history);
    }

    private final World world;
    private final SimulatedReplica replica;
    private final SimulatedPublisher publisher;
    private final SplittableRandom random = new SplittableRandom(1);

    private PinnedHistories(LuaRunner lua, @Nullable List<String> trace) {
        world = new World(lua, 10_000, 64, trace);
        replica = world.addReplica(SimulatedReplica.Policies.BYPASS);
        publisher = world.addPublisher();
    }

    static List<Pinned> all() {
        List<Pinned> all = new ArrayList<>();
        all.add(new Pinned("a lease from before the join whose load was overtaken", PinnedHistories::leaseBeforeJoin));
        all.add(new Pinned("a store without a lease", PinnedHistories::storeWithoutLease));
        all.add(new Pinned(
                "a tag fence retired while a lease of unknown tags is out", PinnedHistories::tagFenceAndLease));
        all.add(new Pinned("a demoted master that still serves its head", PinnedHistories::demotedMaster));
        all.add(new Pinned(
                "acknowledged records that die with the old master", PinnedHistories::acknowledgedRecordsDie));
        all.add(new Pinned("a partition longer than records are kept", PinnedHistories::longPartition));
        all.add(new Pinned("a failover after records are forgotten", PinnedHistories::forgottenAndCovered));
        all.add(new Pinned("a position of an isolated master", PinnedHistories::positionOfIsolatedMaster));
        all.add(new Pinned("a commit that is visible late", PinnedHistories::visibleLate));
        all.add(new Pinned("a reader that fails to reset", PinnedHistories::readerFails));
        all.add(new Pinned("two histories that reuse the same sequence", PinnedHistories::sameSequence));
        all.add(new Pinned("a master promoted again that went back meanwhile", PinnedHistories::promotedAgain));
        all.add(new Pinned("an append script that fails halfway", PinnedHistories::halfScript));
        all.add(new Pinned("a stranger's XADD", PinnedHistories::strangersXadd));
        all.add(new Pinned("a stranger's SET of the head", PinnedHistories::strangersSet));
        all.add(new Pinned("a stranger who sets head and log back", PinnedHistories::setBack));
        all.add(new Pinned("a connection that carries everything twice", PinnedHistories::everythingTwice));
        all.add(new Pinned("a log that begins anew under a live subscription", PinnedHistories::beginsAnew));
        all.add(new Pinned("an idle log evicted while its head lives", PinnedHistories::logEvicted));
        all.add(new Pinned("a hole in the middle of a paged replay", PinnedHistories::holeInReplay));
        all.add(new Pinned("a frozen process that stamps an old head on waking", PinnedHistories::frozenProcess));
        all.add(new Pinned("a record that arrives slower than the silence limit", PinnedHistories::slowRecord));
        all.add(new Pinned("a member that joins or dies during await", PinnedHistories::awaitWhileMembersChange));
        all.add(new Pinned("a rolling upgrade in which publishers are newer", PinnedHistories::newerPublishers));
        all.add(new Pinned("a server restarted with an older state", PinnedHistories::olderState));
        all.add(new Pinned("a clear while loads of everything are out", PinnedHistories::clearAndLoads));
        all.add(new Pinned("a member that was cut off and replays", PinnedHistories::cutAndReplay));
        all.add(new Pinned("a Redis clock that is set back behind a value", PinnedHistories::clockSetBack));
        all.add(new Pinned("a fence of the tier that Redis loses", PinnedHistories::lostFence));
        all.add(new Pinned("a second eviction that Redis does not answer", PinnedHistories::lostSecondEviction));
        all.add(new Pinned("a tier that is connected to the old master", PinnedHistories::tierOnOldMaster));
        all.add(new Pinned("a rolling deploy of another codec", PinnedHistories::rollingDeploy));
        all.add(new Pinned("a load for the tier that is overtaken on the way", PinnedHistories::overtakenTierStore));
        all.add(new Pinned(
                "a value that is invalidated while another replica waits for it", PinnedHistories::overtakenWait));
        all.add(new Pinned("a region that expires while its only subscriber is away", PinnedHistories::expired));
        all.add(new Pinned("a replica that claims a load and is never heard again", PinnedHistories::claimOfTheDead));
        return all;
    }

    // ---- unused regions

    private void expired() {
        join();
        change(KEY);
        confirm();
        load(KEY);
        for (int i = 0; i < 4; i++) {
            world.pass(2 * World.UNUSED_MICROS);
            world.expire(); // nothing, as it is followed
            world.expire();
            replica.beginBeat();
            replica.runBeat();
        }
        replica.deliver(100);
        require(replica.peek(KEY) != null, "the region expired under its subscriber");
        replica.isFrozen = true;
        world.pass(100 * SimulatedReplica.GONE_AFTER_MICROS);
        change(KEY);
        world.expire(); // nothing, as somebody has just appended
        world.expire();
        world.pass(2 * World.UNUSED_MICROS);
        world.expire();
        world.expire();
        require(world.expiries() == 1, "the region did not expire, though nobody used it");
        change(KEY);
        replica.isFrozen = false;
        confirm();
        replica.readAll();
        settle();
    }

    // ---- the words

    private void join() {
        replica.connect(world.official());
        confirm();
    }

    private void confirm() {
        replica.beginBeat();
        for (int i = 0; i < 10; i++) {
            replica.runBeat();
            replica.deliver(100);
            replica.readPage();
        }
    }

    private void load(String key) {
        replica.read(key, true, 0);
        finishLoad();
        replica.readAll();
    }

    private void finishLoad() {
        replica.finishLoad(random);
    }

    private void change(String key) {
        publisher.submit(world.source.changeKey(key, world.source.read(key).tags(), world.nowMicros()));
        append();
    }

    private void append() {
        world.pass(1_000);
        publisher.append(100, false, false);
    }

    private void settle() {
        world.settle();
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new Breach(what);
        }
    }

    private RedisModel server() {
        return Objects.requireNonNull(world.official().server);
    }

    private RedisModel.Log log() {
        return Objects.requireNonNull(server().log(world.names.log()));
    }

    private void requireGone(String key) {
        Source.Row row = replica.peek(key);
        require(
                row == null || row.version() == world.source.read(key).version(),
                "the old value of " + key + " is there: " + row);
    }

    // ---- the histories

    private void leaseBeforeJoin() {
        replica.read(KEY, true, 0);
        change(KEY);
        join();
        finishLoad();
        replica.readAll();
        confirm();
        replica.readAll();
        requireGone(KEY);
    }

    private void storeWithoutLease() {
        join();
        change(KEY);
        replica.deliver(10);
        replica.storeWithoutLease(KEY, 1);
        confirm();
        replica.readAll();
        requireGone(KEY);
    }

    private void tagFenceAndLease() {
        join();
        replica.read(KEY, true, 0);
        publisher.submit(world.source.changeTag(TAG, world.nowMicros()));
        append();
        replica.deliver(10);
        replica.sweep();
        replica.sweep();
        finishLoad();
        confirm();
        replica.readAll();
        requireGone(KEY);
    }

    private void demotedMaster() {
        join();
        load(KEY);
        world.isolate();
        world.promote();
        publisher.disconnect();
        change(KEY);
        for (int i = 0; i < 40; i++) {
            world.pass(100_000);
            confirm();
            replica.readAll();
        }
        require(replica.confirmedAgeNanos() / 1_000 > World.BOUND_MICROS, "a master that is cut off confirms for ever");
        world.demote();
        replica.connect(world.first);
        confirm();
        replica.readAll();
        require(
                replica.confirmedAgeNanos() / 1_000 > World.BOUND_MICROS,
                "a replica's head confirms, though it may be as old as can be");
        settle();
    }

    private void acknowledgedRecordsDie() {
        join();
        publisher.tend();
        world.isolate();
        world.promote();
        replica.disconnect("it looks for the new master");
        join();
        load(KEY);
        change(KEY);
        require(server().log(world.names.log()) == null, "the change reached the new master");
        world.demote();
        publisher.tend();
        replica.deliver(100);
        requireGone(KEY);
        settle();
    }

    /** The replica follows the new master, the publisher goes on at the old one. */
    private void split() {
        join();
        publisher.tend();
        world.replicate();
        world.isolate();
        world.promote();
        replica.disconnect("it looks for the new master");
        join();
        load(KEY);
    }

    private void longPartition() {
        world.retentionMicros = 50_000;
        publisher.die();
        split();
        change(KEY);
        world.pass(100_000);
        change("b:1");
        world.demote();
        publisher.tend();
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void forgottenAndCovered() {
        world.retentionMicros = 50_000;
        publisher.die();
        join();
        publisher.tend();
        change(KEY);
        world.pass(2_000_000);
        change("b:1");
        world.replicate();
        world.isolate();
        world.promote();
        replica.disconnect("it looks for the new master");
        join();
        load(KEY);
        world.demote();
        publisher.tend();
        confirm();
        require(replica.peek(KEY) != null, "an epoch that covers the forgotten records is invalidated as a whole");
        settle();
    }

    private void positionOfIsolatedMaster() {
        split();
        change(KEY);
        World.Awaited lost = world.awaits.get(world.awaits.size() - 1);
        confirm();
        world.askFleet(lost);
        replica.awaitPosition(lost);
        confirm();
        world.demote();
        publisher.tend();
        confirm();
        world.askFleet(lost);
        requireGone(KEY);
        settle();
    }

    private void visibleLate() {
        join();
        load(KEY);
        Change change = world.source.commitKey(KEY, world.source.read(KEY).tags(), world.nowMicros());
        replica.read(KEY, true, 0);
        append();
        confirm();
        world.source.show();
        publisher.submit(change);
        append();
        confirm();
        finishLoad();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void readerFails() {
        join();
        load(KEY);
        load("b:1");
        replica.failingCalls = 3;
        change(KEY);
        confirm();
        change("b:1");
        confirm();
        replica.readAll();
        requireGone(KEY);
        requireGone("b:1");
        require(world.resets() == 1, "a reader that fails at one record is reset once");
        settle();
    }

    private void sameSequence() {
        join();
        change(KEY);
        world.replicate();
        load(KEY);
        change("b:1");
        change("b:3");
        replica.deliver(100);
        Objects.requireNonNull(replica.wire()).sever(false, 0);
        world.crash(world.first, false, 0);
        world.promote();
        change(KEY);
        change("b:5");
        change("a:2");
        replica.deliver(100);
        join();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void promotedAgain() {
        // The first heartbeat comes after the copy was made: what it wrote into the head is not in the copy.
        change("b:1");
        world.replicate();
        join();
        load(KEY);
        Objects.requireNonNull(replica.wire()).sever(true, 0);
        world.promote();
        world.demote();
        change(KEY);
        publisher.die();
        world.promote();
        world.demote();
        world.pass(World.SILENCE_MICROS + 1);
        replica.lookForSilence();
        join();
        replica.readAll();
        requireGone(KEY);
    }

    private void halfScript() {
        join();
        for (int write = 1; write <= 8; write++) {
            load(KEY);
            server().failingWrite = write;
            change(KEY);
            server().failingWrite = 0;
            append();
            confirm();
            replica.readAll();
            requireGone(KEY);
            world.pass(100_000);
        }
        settle();
    }

    private void strangersXadd() {
        join();
        load(KEY);
        log0();
        RedisModel.Log log = log();
        log.lastId += 7;
        log.entries.put(log.lastId, "a stranger's");
        server().damage();
        change(KEY);
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    /** Makes sure that there is a log. */
    private void log0() {
        change("b:1");
        replica.deliver(10);
    }

    private void strangersSet() {
        join();
        log0();
        load(KEY);
        world.disrupted("a stranger overwrites the head");
        server().put(world.names.head(), "mine");
        change(KEY);
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void setBack() {
        join();
        log0();
        change("b:1");
        load(KEY);
        replica.deliver(10);
        world.disrupted("a stranger sets head and log back");
        server().setBack(world.names, 2);
        confirm();
        change(KEY);
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void beginsAnew() {
        join();
        log0();
        load(KEY);
        world.disrupted("everything is flushed");
        server().flush();
        change(KEY);
        change("b:3");
        replica.deliver(10);
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void everythingTwice() {
        join();
        Objects.requireNonNull(replica.wire()).repeatsRecords = true;
        for (int i = 0; i < 5; i++) {
            load(KEY);
            change(KEY);
            replica.deliver(10);
            requireGone(KEY);
        }
        require(world.resets() == 0, "a record that came twice resets");
        settle();
    }

    private void logEvicted() {
        join();
        log0();
        load(KEY);
        Objects.requireNonNull(replica.wire()).sever(false, 0);
        replica.deliver(1);
        change(KEY);
        world.disrupted("the log is evicted");
        server().remove(world.names.log());
        join();
        replica.readAll();
        requireGone(KEY);
        // And once more, with a log that has begun again behind the hole.
        load(KEY);
        Objects.requireNonNull(replica.wire()).sever(false, 0);
        replica.deliver(1);
        change(KEY);
        server().remove(world.names.log());
        change("b:3");
        join();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void holeInReplay() {
        join();
        log0();
        load(KEY);
        Objects.requireNonNull(replica.wire()).sever(false, 0);
        replica.deliver(1);
        for (int i = 0; i < 3; i++) {
            change("b:1");
        }
        change(KEY);
        for (int i = 0; i < 3; i++) {
            change("b:3");
        }
        world.disrupted("an entry of the log is deleted");
        log().entries.remove(5L);
        join();
        confirm();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void frozenProcess() {
        join();
        load(KEY);
        replica.beginBeat();
        replica.runBeat();
        world.pass(5_000_000);
        change(KEY);
        world.pass(1_000);
        replica.readAll();
        replica.deliver(1);
        replica.readAll();
        require(replica.confirmedAgeNanos() / 1_000 >= 5_000_000, "an old answer confirms as of now");
        settle();
    }

    private void slowRecord() {
        join();
        for (int i = 0; i < 20; i++) {
            world.pass(World.SILENCE_MICROS / 2);
            replica.trickle();
            replica.lookForSilence();
            replica.beginBeat();
            replica.runBeat();
        }
        require(replica.isConnected(), "a connection was given up though bytes flowed");
        require(replica.confirmedAgeNanos() / 1_000 > World.BOUND_MICROS, "confirmed, though no answer came");
        replica.deliver(100);
        require(replica.confirmedAgeNanos() / 1_000 <= World.SILENCE_MICROS, "not confirmed by the answers that came");
        settle();
    }

    private void awaitWhileMembersChange() {
        SimulatedReplica dying = world.addReplica(SimulatedReplica.Policies.BYPASS);
        join();
        dying.connect(world.official());
        dying.beginBeat();
        dying.runBeat();
        dying.deliver(100);
        dying.beginBeat();
        dying.runBeat();
        change(KEY);
        Position target = head();
        confirm();
        confirm();
        require(lagging(target).equals(List.of(dying.name)), "not just the one that died lags: " + lagging(target));
        SimulatedReplica joining = world.addReplica(SimulatedReplica.Policies.SERVE);
        joining.connect(world.official());
        joining.beginBeat();
        joining.runBeat();
        require(lagging(target).contains(joining.name), "one that has no position counts as if it had applied");
        for (int i = 0; i < 2; i++) {
            joining.deliver(100);
            joining.beginBeat();
            joining.runBeat();
        }
        require(lagging(target).equals(List.of(dying.name)), "one that joined behind the change lags");
        world.pass(SimulatedReplica.GONE_AFTER_MICROS + 1_000);
        confirm();
        require(!lagging(target).contains(dying.name), "one that is gone for long is waited for");
    }

    private Position head() {
        String epoch = Objects.requireNonNull(server().headField(world.names.head(), "epoch"));
        String sequence = Objects.requireNonNull(server().headField(world.names.head(), "seq"));
        return Position.parse(epoch + "-" + sequence);
    }

    private List<String> lagging(Position target) {
        Map<String, String> rows = server().hash(world.names.members());
        return SimulatedFleet.lagging(rows, target, server().timeMicros(), server().timeMicros());
    }

    private void newerPublishers() {
        join();
        load(KEY);
        publisher.isNewer = true;
        change(KEY);
        confirm();
        replica.readAll();
        requireGone(KEY);
        require(
                world.resets() == 1,
                "one record that cannot be read must reset once, not " + world.resets() + " times");
        publisher.isNewer = false;
        load(KEY);
        load("b:1");
        change(KEY);
        confirm();
        requireGone(KEY);
        require(
                replica.peek("b:1") != null && world.resets() == 1,
                "a record behind one that cannot be read resets again");
        settle();
    }

    private void olderState() {
        join();
        change("b:1");
        world.save(world.first);
        change("b:3");
        replica.deliver(100);
        load(KEY);
        world.crash(world.first, true, 0);
        world.restart(world.first, true);
        change(KEY);
        change("b:5");
        change("a:2");
        world.pass(World.SILENCE_MICROS + 1);
        replica.lookForSilence();
        join();
        replica.readAll();
        requireGone(KEY);
        settle();
    }

    private void clearAndLoads() {
        join();
        load("b:1");
        replica.read(KEY, true, 0);
        publisher.submit(world.source.changeAll(Selector.all(), world.nowMicros()));
        append();
        replica.deliver(10);
        finishLoad();
        confirm();
        replica.readAll();
        requireGone(KEY);
        requireGone("b:1");
        settle();
    }

    private void cutAndReplay() {
        join();
        for (String key : world.source.keys()) {
            load(key);
        }
        Objects.requireNonNull(replica.wire()).sever(true, 0);
        change(KEY);
        publisher.submit(world.source.changeKey("b:1", Set.of(), world.nowMicros()));
        append();
        world.pass(World.SILENCE_MICROS + 1);
        replica.lookForSilence();
        join();
        replica.readAll();
        requireGone(KEY);
        requireGone("b:1");
        require(replica.peek("a:2") != null && world.resets() == 0, "what did not change was thrown away");
        settle();
    }

    // ---- the tier

    /** A replica with a tier, which has joined. */
    private SimulatedReplica tiered(SimulatedReplica.Policies policies, int codecVersion) {
        SimulatedReplica added = world.addReplica(policies, codecVersion);
        added.connect(world.official());
        follow(added);
        return added;
    }

    private void follow(SimulatedReplica one) {
        one.beginBeat();
        for (int i = 0; i < 10; i++) {
            one.runBeat();
            one.deliver(100);
            one.readPage();
        }
    }

    private void load(SimulatedReplica one, String key) {
        one.read(key, true, 0);
        one.runTier(10, false);
        one.finishLoad(random);
        one.runTier(10, false);
    }

    private void changeTag() {
        publisher.submit(world.source.changeTag(TAG, world.nowMicros()));
        append();
    }

    private void stepClock(int seconds) {
        server().stepClock(seconds * 1_000_000L);
    }

    private void clockSetBack() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        SimulatedReplica two = tiered(SimulatedReplica.Policies.SERVE, 0);
        change("b:1");
        load(one, "b:1"); // the tier begins
        stepClock(36_000);
        load(one, KEY);
        stepClock(-32_000); // back, but not behind the last append
        changeTag();
        for (int i = 0; i < 2; i++) {
            stepClock(100);
            change("b:1"); // a generation of fences ends
        }
        stepClock(31_800);
        follow(two);
        load(two, KEY);
    }

    private void lostFence() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        SimulatedReplica two = tiered(SimulatedReplica.Policies.SERVE, 0);
        change("b:1");
        load(one, "b:1");
        stepClock(50);
        load(one, KEY);
        changeTag();
        stepClock(50);
        change("b:1");
        String generation =
                String.valueOf(server().headField(world.names.head(), "tier")).split(" ", -1)[0];
        server().remove(world.names.fences((int) ((Long.parseLong(generation) - 1) % 2)));
        follow(two);
        load(two, KEY);
    }

    private void lostSecondEviction() {
        SimulatedReplica one = tiered(new SimulatedReplica.Policies(false, false, true, false), 0);
        world.pass(200_000);
        one.sweep(); // what it does again because it has joined
        one.runTier(10, false);
        change(KEY);
        follow(one);
        one.loadLagging(KEY);
        world.pass(200_000);
        one.sweep();
        one.loseTierCall();
        require(one.unconfirmedEvictions() == 1, "an eviction that was lost is not remembered");
        load(one, KEY);
        world.pass(10_000_000);
        one.sweep();
        one.runTier(10, false);
        require(one.unconfirmedEvictions() == 0, "an eviction is not repeated");
        load(tiered(SimulatedReplica.Policies.SERVE, 0), KEY);
    }

    private void tierOnOldMaster() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        change("b:1");
        follow(one);
        load(one, KEY);
        world.replicate();
        one.connectTier(world.first);
        world.isolate();
        world.promote();
        one.disconnect("the master is another one");
        one.connect(world.official());
        follow(one);
        publisher.disconnect();
        change(KEY);
        follow(one);
        load(one, KEY);
        one.readAll();
    }

    private void rollingDeploy() {
        SimulatedReplica former = tiered(SimulatedReplica.Policies.SERVE, 1);
        SimulatedReplica next = tiered(SimulatedReplica.Policies.SERVE, 2);
        change("b:1");
        load(former, KEY);
        load(next, KEY);
        change(KEY);
        for (SimulatedReplica one : List.of(former, next)) {
            follow(one);
            load(one, KEY);
            one.readAll();
        }
    }

    private void overtakenTierStore() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        SimulatedReplica two = tiered(SimulatedReplica.Policies.SERVE, 0);
        for (int kind = 0; kind < 2; kind++) {
            change("b:1");
            one.read(KEY, true, 0);
            one.runTier(10, false);
            if (kind == 0) {
                change(KEY);
            } else {
                changeTag();
            }
            one.finishLoad(random); // nobody here has heard of the change
            one.runTier(10, false);
            follow(two);
            load(two, KEY);
            follow(one);
        }
    }

    private void overtakenWait() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        SimulatedReplica two = tiered(SimulatedReplica.Policies.SERVE, 0);
        change("b:1");
        one.get(KEY, true, 0);
        one.runTier(10, false);
        two.get(KEY, true, 0);
        two.runTier(10, false);
        one.finishRegionLoads();
        one.runTier(10, false);
        changeTag(); // no replica has heard of it
        askAgain(two);
        two.finishRegionLoads();
        two.runTier(10, false);
        two.requireRegionLoadsEnded();
        follow(one);
        follow(two);
        one.readAll();
        two.readAll();
    }

    /** Asks again for what another replica loads. */
    private void askAgain(SimulatedReplica waiting) {
        world.pass(20_000);
        waiting.sweep();
        waiting.runTier(10, false);
    }

    private void claimOfTheDead() {
        SimulatedReplica one = tiered(SimulatedReplica.Policies.SERVE, 0);
        SimulatedReplica two = tiered(SimulatedReplica.Policies.SERVE, 0);
        change("b:1");
        one.get(KEY, true, 0);
        one.runTier(10, false);
        two.get(KEY, true, 0);
        two.runTier(10, false);
        for (int i = 0; i < 20; i++) {
            askAgain(two);
        }
        two.finishRegionLoads();
        two.requireRegionLoadsEnded();
        require(two.peek(KEY) != null, "what was loaded after a wait in vain is not kept");
    }
}
