package dev.freshet.resp.tracking;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.TimeSource;
import dev.freshet.resp.commands.CommandTable;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.KeyMap;
import io.vertx.core.Context;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What connections of clients need of the tracking connection: whether copies may be used, a copy to be fetched, a barrier. Safe to use
 * from any thread; never blocks.
 */
public final class Tracking {

    private final KeyMap keys;
    private final Confirmation confirmation;
    private final Fills fills;
    private final Touches touches;
    private final Barriers barriers = new Barriers();
    private final LongAdder losses = new LongAdder();
    private final LongAdder pushes = new LongAdder();
    private final LongAdder drops = new LongAdder();
    private volatile @Nullable TrackedServer server;
    private volatile @Nullable CommandTable commands;
    private volatile @Nullable String fault = "the tracking connection was never made";
    private volatile @Nullable Context context;

    /** Event loop of the tracking connection. */
    private @Nullable TrackingLink link;

    public Tracking(KeyMap keys, TimeSource time) {
        this(keys, time, false);
    }

    /** @param touches whether Redis is told which keys are read from copies */
    public Tracking(KeyMap keys, TimeSource time, boolean touches) {
        this.touches = new Touches(touches);
        this.keys = keys;
        this.confirmation = new Confirmation(time);
        this.fills = new Fills(time);
    }

    // ---- For connections of clients

    /** Returns the server whose changes are heard; null: all commands are to be passed on. */
    public @Nullable TrackedServer server() {
        return server;
    }

    /** Returns the commands of the server whose changes are, or were, heard; null: none was asked. */
    public @Nullable CommandTable commands() {
        return commands;
    }

    /** Returns how old the proof is that all changes were heard; {@link Confirmation#NEVER}: there is none. */
    public long confirmedAgeNanos() {
        return server == null ? Confirmation.NEVER : confirmation.ageNanos();
    }

    /** Fetches a copy of a key in the background, unless that is under way. */
    public void fill(Copies<?> copies, String key) {
        if (server != null && fills.begin(copies, key)) {
            send(key);
        }
    }

    /** Fetches the answer to a question in the background, unless something is being fetched for its key. */
    public void fill(Question question) {
        if (server != null && fills.begin(question)) {
            send(question.key());
        }
    }

    private void send(String key) {
        Context its = context;
        if (its == null) {
            fills.cancel(key);
            return;
        }
        its.runOnContext(resumed -> {
            TrackingLink current = link;
            if (current == null || server == null) {
                fills.cancel(key);
            } else {
                fills.send(key, current);
                current.flush();
            }
        });
    }

    /** Evicts a key that a client of this process may have changed. */
    public void evict(Copies<?> copies, String key) {
        fills.changed(key);
        copies.evict(key);
    }

    /** Evicts all keys. */
    public void evictAll() {
        drops.increment();
        fills.clear();
        keys.regions().forEach(Copies::evictAll);
    }

    /**
     * Runs something on a context once every invalidation has arrived that Redis sent before now; at once, if no copy can be read.
     *
     * @return false if nothing runs later: the caller can go on
     */
    public boolean afterAllBefore(Context caller, Runnable then) {
        Context its = context;
        if (its == null || server == null) {
            return false;
        }
        its.runOnContext(resumed -> {
            if (link == null) {
                caller.runOnContext(released -> then.run());
            } else if (barriers.add(caller, then)) {
                // Those that came with it have been added when this runs.
                its.runOnContext(later -> sendBarrier());
            }
        });
        return true;
    }

    private void sendBarrier() {
        TrackingLink current = link;
        if (current == null) {
            barriers.releaseAll();
        } else {
            barriers.send(current);
            current.flush();
        }
    }

    /** Returns what notes the reads that Redis is told of. */
    public Touches touches() {
        return touches;
    }

    // ---- For the tracking connection, on its event loop

    void connected(Context on, TrackingLink to) {
        context = on;
        link = to;
    }

    /** From now on copies may be used. All that were there before are gone. */
    void live(TrackedServer to) {
        commands = to.commands();
        server = to;
        fault = null;
    }

    void lost(String why) {
        if (server != null) {
            losses.increment();
        }
        server = null;
        fault = why;
        link = null;
        fills.clear();
        touches.clear();
        barriers.releaseAll();
    }

    /** Notes a proof: all that Redis changed before this moment was heard. */
    void confirmed(long nanoTime, long wallMicros) {
        confirmation.confirm(nanoTime, wallMicros, wallMicros);
    }

    /** Handles a change that Redis told. */
    void changed(String key) {
        pushes.increment();
        fills.changed(key);
        Copies<?> copies = keys.find(key);
        if (copies != null) {
            copies.evict(key);
        }
    }

    // ---- Looking at it

    /** Returns why copies are not used, as a clause; null: they are. */
    public @Nullable String fault() {
        return server == null ? Objects.requireNonNullElse(fault, "the tracking connection is being made") : null;
    }

    /** Returns how often a connection was lost that worked. */
    public long losses() {
        return losses.sum();
    }

    /** Returns how many changes of single keys Redis told. */
    public long pushes() {
        return pushes.sum();
    }

    /** Returns how often all copies were dropped. */
    public long drops() {
        return drops.sum();
    }

    /** Returns how many fetches are under way. */
    public int fillsInFlight() {
        return fills.inFlight();
    }

    /** Returns how many copies were not fetched, because too many fetches were under way. */
    public long fillsSkipped() {
        return fills.skipped();
    }

    /** Returns how many barriers were sent. */
    public long barriers() {
        return barriers.pings();
    }
}
