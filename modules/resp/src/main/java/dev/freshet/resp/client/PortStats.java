package dev.freshet.resp.client;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/** What the connections of all clients count. Safe to use from any thread. */
public final class PortStats {

    private final LongAdder local = new LongAdder();
    private final Map<Forwarded, LongAdder> forwarded = new EnumMap<>(Forwarded.class);
    private final LongAdder refused = new LongAdder();
    private final LongAdder raw = new LongAdder();
    private final LongAdder tooManyPending = new LongAdder();
    private final LongAdder unreachable = new LongAdder();
    private final AtomicLong pending = new AtomicLong();
    private final LongConsumer forwardedNanos;
    private final LongConsumer localNanos;

    /**
     * @param localNanos hears how long each batch of commands took of which some were answered here
     * @param forwardedNanos hears how long each command took that was passed on
     */
    public PortStats(LongConsumer localNanos, LongConsumer forwardedNanos) {
        this.localNanos = localNanos;
        this.forwardedNanos = forwardedNanos;
        for (Forwarded why : Forwarded.values()) {
            forwarded.put(why, new LongAdder());
        }
    }

    void local() {
        local.increment();
    }

    void forwarded(Forwarded why) {
        of(why).increment();
    }

    private LongAdder of(Forwarded why) {
        return Objects.requireNonNull(forwarded.get(why));
    }

    void refused() {
        refused.increment();
    }

    void raw() {
        raw.increment();
    }

    void tooManyPending() {
        tooManyPending.increment();
    }

    void unreachable() {
        unreachable.increment();
    }

    void localTook(long nanos) {
        localNanos.accept(nanos);
    }

    void forwardedTook(long nanos) {
        forwardedNanos.accept(nanos);
    }

    /** Adds to the commands without an answer; returns how many there are. */
    long pending(long change) {
        return pending.addAndGet(change);
    }

    /** Returns how many commands were answered from copies. */
    public long answeredLocally() {
        return local.sum();
    }

    public long forwardedBecause(Forwarded why) {
        return of(why).sum();
    }

    /** Returns how many commands were refused. */
    public long refusedCommands() {
        return refused.sum();
    }

    /** Returns how many connections became raw pipes. */
    public long rawConnections() {
        return raw.sum();
    }

    /** Returns how many connections were closed, because their clients sent too many commands without taking answers. */
    public long closedForPending() {
        return tooManyPending.sum();
    }

    /** Returns how many connections were closed, because Redis could not be reached for them. */
    public long closedUnreachable() {
        return unreachable.sum();
    }

    /** Returns how many commands have no answer now. */
    public long pendingCommands() {
        return pending.get();
    }
}
