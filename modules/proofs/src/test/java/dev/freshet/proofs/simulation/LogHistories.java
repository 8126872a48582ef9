package dev.freshet.proofs.simulation;

import java.util.Objects;

/** Histories in which a log is damaged, or holds what a subscriber does not expect. */
final class LogHistories extends PinnedWorld {

    LogHistories(LuaRunner lua) {
        super(lua);
    }

    void halfScript() {
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

    void strangersXadd() {
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

    void strangersSet() {
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

    void setBack() {
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

    void everythingTwice() {
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

    void beginsAnew() {
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

    void logEvicted() {
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

    void holeInReplay() {
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

    void newerPublishers() {
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
}
