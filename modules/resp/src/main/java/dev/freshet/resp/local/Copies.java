package dev.freshet.resp.local;

import dev.freshet.bus.TimeSource;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The copies of one region. A copy is stored only by a fill, under a lease that was taken before Redis was asked. Safe to use from any
 * thread; never blocks.
 *
 * @param <V> what the region holds
 */
public final class Copies<V> {

    /** Redis answers with this where there is no such key. */
    private static final long NO_KEY = -2;

    private static final long NEVER_EXPIRES = -1;

    private final RegionCache<V> cache;
    private final CopyForm<V> form;
    private final TimeSource time;
    private final int maximumValueBytes;
    private final long boundNanos;
    private final Set<String> structureReads;
    private final LongAdder filled = new LongAdder();
    private final LongAdder overtaken = new LongAdder();
    private final LongAdder unsuitable = new LongAdder();

    /**
     * @param maximumValueBytes a larger value is not kept
     * @param policy what reads get while the region is unconfirmed
     * @param bound how old the region's last confirmation may be
     */
    public Copies(
            RegionCache<V> cache,
            CopyForm<V> form,
            TimeSource time,
            int maximumValueBytes,
            UnconfirmedPolicy policy,
            Duration bound) {
        this(cache, form, time, maximumValueBytes, policy, bound, Set.of());
    }

    /**
     * Makes copies of more than strings.
     *
     * @param structureReads the commands whose answers are kept of keys that are no strings, in upper case
     */
    public Copies(
            RegionCache<V> cache,
            CopyForm<V> form,
            TimeSource time,
            int maximumValueBytes,
            UnconfirmedPolicy policy,
            Duration bound,
            Set<String> structureReads) {
        this.structureReads = Set.copyOf(structureReads);
        this.cache = cache;
        this.form = form;
        this.time = time;
        this.maximumValueBytes = maximumValueBytes;
        this.boundNanos = policy == UnconfirmedPolicy.BYPASS ? bound.toNanos() : Long.MAX_VALUE;
    }

    public String region() {
        return cache.region();
    }

    public int maximumValueBytes() {
        return maximumValueBytes;
    }

    /** Returns how old the proof of the tracking connection may be. */
    public long boundNanos() {
        return boundNanos;
    }

    /** Returns the commands whose answers are kept of keys that are no strings, in upper case. */
    public Set<String> structureReads() {
        return structureReads;
    }

    /** Returns what is known of a key; null: nothing, or nothing that is proven. */
    public @Nullable Found find(String key) {
        V copy = cache.getIfHit(key);
        if (copy != null) {
            return found(copy);
        }
        Optional<Lookup.Hit<V>> hit = cache.find(key);
        if (hit.isEmpty()) {
            return null;
        }
        V value = hit.get().value();
        return value == null ? Found.ABSENT : found(value);
    }

    private Found found(V copy) {
        return new Found(form.bytes(copy), form.deadlineNanos(copy), form.isAnswers(copy));
    }

    /** Returns what is known of a key, without counting the read. */
    public ServingState state() {
        return cache.state();
    }

    /** Returns the age of the region's last confirmation by its log. */
    public long confirmedAgeNanos() {
        return cache.confirmedAgeNanos();
    }

    /** Takes a lease. To be called before Redis is asked. */
    public Lease lease(String key) {
        return cache.lease(key);
    }

    /** Gives a lease back under which nothing will be stored. */
    public void release(Lease lease) {
        cache.release(lease);
    }

    /**
     * Stores what Redis answered, unless the key was invalidated since the lease was taken.
     *
     * @param value what {@code GETRANGE} returned
     * @param remainingMillis what {@code PTTL} returned after it
     * @param sentNanos when both were sent
     * @return whether the answer can be kept at all; false: the value is too large, or expired between the two
     */
    public boolean store(Lease lease, byte[] value, long remainingMillis, long sentNanos) {
        boolean isAbsent = remainingMillis == NO_KEY && value.length == 0;
        boolean isValue = remainingMillis >= NEVER_EXPIRES && value.length <= maximumValueBytes;
        if (!isAbsent && !isValue) {
            unsuitable.increment();
            cache.release(lease);
            return false;
        }
        if (isAbsent) {
            count(cache.storeAbsence(lease, StoreOptions.none()));
        } else {
            long deadlineNanos = deadlineNanos(remainingMillis, sentNanos);
            count(storeUntil(lease, form.copy(Buffer.buffer(value), deadlineNanos), deadlineNanos));
        }
        return true;
    }

    /**
     * Stores what Redis answered to a read of a key that is no string, beside its other answers about this key, unless the key was
     * invalidated since the lease was taken. Only one thread may call this.
     *
     * @param isEmpty whether the answer is that of a key that is not there
     * @param remainingMillis what {@code PTTL} returned after it
     * @param sentNanos when both were sent
     */
    public void storeAnswer(
            Lease lease, byte[] question, Buffer answer, boolean isEmpty, long remainingMillis, long sentNanos) {
        if (remainingMillis == NO_KEY && isEmpty) {
            count(cache.storeAbsence(lease, StoreOptions.none()));
            return;
        }
        // What is there was stored under an older lease, and was not invalidated before it is read here. If it is
        // afterwards, this
        // lease is refused too.
        Found known = remainingMillis < NEVER_EXPIRES ? null : find(lease.key());
        Buffer others = known != null && known.isAnswers() ? known.bytes() : null;
        Buffer all = remainingMillis < NEVER_EXPIRES ? null : Answers.with(others, question, answer, maximumValueBytes);
        if (all == null) {
            unsuitable.increment();
            cache.release(lease);
        } else {
            long deadlineNanos = deadlineNanos(remainingMillis, sentNanos);
            count(storeUntil(lease, form.answers(all, deadlineNanos), deadlineNanos));
        }
    }

    private void count(StoreResult stored) {
        (stored.isStored() ? filled : overtaken).increment();
    }

    /** The deadline counts from the sending: the answer was true at some moment after it. */
    private static long deadlineNanos(long remainingMillis, long sentNanos) {
        return remainingMillis == NEVER_EXPIRES
                ? CopyForm.NO_DEADLINE
                : sentNanos + Duration.ofMillis(remainingMillis).toNanos();
    }

    private StoreResult storeUntil(Lease lease, V copy, long deadlineNanos) {
        if (deadlineNanos == CopyForm.NO_DEADLINE) {
            return cache.store(lease, copy, StoreOptions.none());
        }
        long leftNanos = Math.max(0, deadlineNanos - time.nanoTime());
        return cache.store(lease, copy, StoreOptions.none().ttl(Duration.ofNanos(leftNanos)));
    }

    /** Returns for how many milliseconds a key still lives, at least; -1: it does not expire; -2: there is none. */
    public long remainingMillis(Found found) {
        if (found.bytes() == null) {
            return NO_KEY;
        }
        return found.deadlineNanos() == CopyForm.NO_DEADLINE
                ? NEVER_EXPIRES
                : Math.max(0, found.deadlineNanos() - time.nanoTime()) / 1_000_000;
    }

    /** Evicts a key, and refuses what was being loaded for it. */
    public void evict(String key) {
        cache.invalidate(key);
    }

    /** Evicts all keys, and refuses what was being loaded. One atomic step. */
    public void evictAll() {
        cache.invalidate(Selector.all());
    }

    /** Returns how many copies were stored. */
    public long filled() {
        return filled.sum();
    }

    /** Returns how many answers were refused, because their key was invalidated meanwhile. */
    public long overtaken() {
        return overtaken.sum();
    }

    /** Returns how many answers could not be kept: another type, or too large. */
    public long unsuitable() {
        return unsuitable.sum();
    }

    /** Counts an answer that cannot be kept. */
    public void countUnsuitable() {
        unsuitable.increment();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Copies<?> copies && copies.cache == cache;
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(cache.region());
    }
}
