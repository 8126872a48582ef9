package dev.freshet.proofs.simulation;

import dev.freshet.schema.Position;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Histories of members that join, stand still, fail, are cut off, or stay away. */
final class MemberHistories extends PinnedWorld {

    MemberHistories(LuaRunner lua) {
        super(lua);
    }

    void expired() {
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

    void readerFails() {
        join();
        load(KEY);
        load("b:1");
        replica.failReader(3);
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

    void frozenProcess() {
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

    void slowRecord() {
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

    void awaitWhileMembersChange() {
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

    void cutAndReplay() {
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
}
