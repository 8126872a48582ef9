package dev.freshet.proofs.simulation;

import java.util.List;

/** Histories of values in Redis. */
final class TierHistories extends PinnedWorld {

    TierHistories(LuaRunner lua) {
        super(lua);
    }

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

    void clockSetBack() {
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

    void lostFence() {
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

    void lostSecondEviction() {
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

    void tierOnOldMaster() {
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

    void rollingDeploy() {
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

    void overtakenTierStore() {
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

    void overtakenWait() {
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

    void claimOfTheDead() {
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
