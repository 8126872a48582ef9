package dev.freshet.proofs.simulation;

import dev.freshet.proofs.mutation.Breach;
import java.util.Objects;
import java.util.SplittableRandom;

/** A world with one replica and one publisher, and the words in which pinned histories are told. */
abstract class PinnedWorld {

    static final String KEY = "a:0";
    static final String TAG = "t0";

    final World world;
    final SimulatedReplica replica;
    final SimulatedPublisher publisher;
    final SplittableRandom random = new SplittableRandom(1);

    PinnedWorld(LuaRunner lua) {
        world = new World(lua, 10_000, 64, null);
        replica = world.addReplica(SimulatedReplica.Policies.BYPASS);
        publisher = world.addPublisher();
    }

    void join() {
        replica.connect(world.official());
        confirm();
    }

    void confirm() {
        replica.beginBeat();
        for (int i = 0; i < 10; i++) {
            replica.runBeat();
            replica.deliver(100);
            replica.readPage();
        }
    }

    void load(String key) {
        replica.read(key, true, 0);
        finishLoad();
        replica.readAll();
    }

    void finishLoad() {
        replica.finishLoad(random);
    }

    void change(String key) {
        publisher.submit(world.source.changeKey(key, world.source.read(key).tags(), world.nowMicros()));
        append();
    }

    void append() {
        world.pass(1_000);
        publisher.append(100, false, false);
    }

    void settle() {
        world.settle();
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new Breach(what);
        }
    }

    RedisModel server() {
        return Objects.requireNonNull(world.official().server);
    }

    RedisModel.Log log() {
        return Objects.requireNonNull(server().log(world.names.log()));
    }

    void requireGone(String key) {
        Source.Row row = replica.peek(key);
        require(
                row == null || row.version() == world.source.read(key).version(),
                "the old value of " + key + " is there: " + row);
    }
}
