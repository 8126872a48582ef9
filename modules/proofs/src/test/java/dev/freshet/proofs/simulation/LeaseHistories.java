package dev.freshet.proofs.simulation;

import dev.freshet.schema.Selector;

/** Histories of leases, fences, and loads that are overtaken. */
final class LeaseHistories extends PinnedWorld {

    LeaseHistories(LuaRunner lua) {
        super(lua);
    }

    void leaseBeforeJoin() {
        replica.read(KEY, true, 0);
        change(KEY);
        join();
        finishLoad();
        replica.readAll();
        confirm();
        replica.readAll();
        requireGone(KEY);
    }

    void storeWithoutLease() {
        join();
        change(KEY);
        replica.deliver(10);
        replica.storeWithoutLease(KEY, 1);
        confirm();
        replica.readAll();
        requireGone(KEY);
    }

    void tagFenceAndLease() {
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

    void visibleLate() {
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

    void clearAndLoads() {
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
}
