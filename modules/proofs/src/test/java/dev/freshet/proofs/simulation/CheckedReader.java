package dev.freshet.proofs.simulation;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Selector;
import java.util.List;

/** Hands the bus's orders on to a replica's cache, and notes what that promises to readers. */
final class CheckedReader implements RegionReader {

    private final SimulatedReplica replica;
    private final RegionReader reader;
    private final Promises promises;
    private final World world;

    /** Something reached it that was no record it can read. */
    private boolean sawUnreadable;

    private int failingCalls;

    CheckedReader(SimulatedReplica replica, RegionReader reader, Promises promises, World world) {
        this.replica = replica;
        this.reader = reader;
        this.promises = promises;
        this.world = world;
    }

    /** Something reaches it that is no record it can read. */
    void sawUnreadable() {
        sawUnreadable = true;
    }

    /** So many of the next calls fail. */
    void failNext(int calls) {
        failingCalls = calls;
    }

    @Override
    public void attached(Confirmation confirmation, RedisTime time) {
        reader.attached(confirmation, time);
    }

    private void failIfTold(String what) {
        if (failingCalls > 0) {
            failingCalls--;
            world.trace(replica + "'s reader fails " + what);
            throw new LinkageError("told to fail");
        }
    }

    @Override
    public void apply(LoggedRecord record) {
        if (failingCalls > 0) {
            promises.readerFailed();
        }
        failIfTold("at " + record.header().position());
        world.trace(replica + " applies " + record.header().position() + " "
                + record.body().invalidations().stream()
                        .map(invalidation -> invalidation.selector().toString())
                        .toList());
        reader.apply(record);
        promises.applied(record);
    }

    @Override
    public void reset(ResetReason reason) {
        failIfTold("to reset: " + reason);
        world.trace(replica + " is reset: " + reason);
        reader.reset(reason);
        promises.reset(reason, sawUnreadable);
        sawUnreadable = false;
    }

    @Override
    public void joined() {
        failIfTold("to join");
        world.trace(replica + " joins");
        reader.joined();
        promises.joined();
    }

    @Override
    public long count(List<Selector> selectors) {
        return reader.count(selectors);
    }
}
