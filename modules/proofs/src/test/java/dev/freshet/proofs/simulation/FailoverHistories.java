package dev.freshet.proofs.simulation;

import java.util.Objects;

/** Histories in which another server becomes the master, or the same one comes back with another state. */
final class FailoverHistories extends PinnedWorld {

    FailoverHistories(LuaRunner lua) {
        super(lua);
    }

    void demotedMaster() {
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

    void acknowledgedRecordsDie() {
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

    void longPartition() {
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

    void forgottenAndCovered() {
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

    void positionOfIsolatedMaster() {
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

    void sameSequence() {
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

    void promotedAgain() {
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

    void olderState() {
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
}
