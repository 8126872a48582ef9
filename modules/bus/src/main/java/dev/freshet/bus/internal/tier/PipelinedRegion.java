package dev.freshet.bus.internal.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.thread.AnswerFuture;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.schema.SelectorParts;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One region's values in Redis: makes calls of what is asked, and counts what becomes of them. */
public final class PipelinedRegion implements RedisTier.Region {

    /** Added to the codec version of signed values. */
    private static final int SIGNED = 1 << 30;

    private final RedisNames names;
    private final Duration longest;
    private final TierCalls calls;
    private final TimeSource time;
    private final int codecVersion;
    private final @Nullable TierSeal seal;
    private final Counts counts;

    /** What happened to the region's calls, whatever their codec's version. */
    private static final class Counts {
        final LongAdder hits = new LongAdder();
        final LongAdder misses = new LongAdder();
        final LongAdder errors = new LongAdder();
        final LongAdder badSignatures = new LongAdder();
        final LongAdder answered = new LongAdder();
        final LongAdder answeredNanos = new LongAdder();
        final Map<TierStored, LongAdder> stores = new EnumMap<>(TierStored.class);

        Counts() {
            for (TierStored stored : TierStored.values()) {
                stores.put(stored, new LongAdder());
            }
        }
    }

    /** @param seal signs and checks values; null: they are not signed */
    public PipelinedRegion(
            RedisNames names, Duration longest, TierCalls calls, TimeSource time, @Nullable TierSeal seal) {
        this(names, longest, calls, time, seal, version(0, seal), new Counts());
    }

    /** Returns the codec version under which values are stored. Signed ones are not seen by who does not sign, and the other way round. */
    private static int version(int version, @Nullable TierSeal seal) {
        return seal == null ? version : SIGNED + version;
    }

    private PipelinedRegion(
            RedisNames names,
            Duration longest,
            TierCalls calls,
            TimeSource time,
            @Nullable TierSeal seal,
            int codecVersion,
            Counts counts) {
        this.names = names;
        this.longest = longest;
        this.calls = calls;
        this.time = time;
        this.seal = seal;
        this.codecVersion = codecVersion;
        this.counts = counts;
    }

    @Override
    public RedisTier.Region ofCodecVersion(int version) {
        if (version < 0 || version >= SIGNED) {
            throw new IllegalArgumentException(
                    "a codec's version must not be negative, and less than " + SIGNED + ", but is " + version);
        }
        return new PipelinedRegion(names, longest, calls, time, seal, version(version, seal), counts);
    }

    @Override
    public String region() {
        return names.region();
    }

    @Override
    public Duration longest() {
        return longest;
    }

    @Override
    public CompletableFuture<TierRead> read(String key) {
        return readWith(key, null);
    }

    @Override
    public CompletableFuture<TierRead> read(String key, TierClaim claim) {
        return readWith(key, Objects.requireNonNull(claim, "claim"));
    }

    private CompletableFuture<TierRead> readWith(String key, @Nullable TierClaim claim) {
        Syntax.requireName("key", key);
        long sinceNanos = time.nanoTime();
        return forCaller(calls.offer(
                        names.head(), 0, run -> TierScripts.read(names, codecVersion, run, fencesMillis(), key, claim))
                .handle((reply, fault) -> {
                    TierRead read;
                    if (fault == null) {
                        answeredIn(sinceNanos);
                        read = opened(key, TierReply.read(reply, longest), claim);
                    } else {
                        counts.errors.increment();
                        read = new TierRead.Unavailable(String.valueOf(fault.getMessage()));
                    }
                    count(read, claim);
                    return read;
                }));
    }

    /** Returns what was read, without its signature. A value that is not signed with one of the keys is a miss: the next store replaces it. */
    private TierRead opened(String key, TierRead read, @Nullable TierClaim claim) {
        if (seal == null || !(read instanceof TierRead.Found found)) {
            return read;
        }
        TierValue value = seal.open(names, codecVersion, key, found.lease(), found.value(), longest);
        if (value == null) {
            counts.badSignatures.increment();
            return new TierRead.Absent(found.lease(), claim == null ? null : claim.name());
        }
        return new TierRead.Found(found.lease(), value, found.left(), found.age());
    }

    /** Whoever waits for another's load asks again, and is counted once it knows. */
    private void count(TierRead read, @Nullable TierClaim claim) {
        if (read instanceof TierRead.Found) {
            counts.hits.increment();
        } else if (claim == null || !(read instanceof TierRead.Absent absent) || !absent.isLoadedByAnother(claim)) {
            counts.misses.increment();
        }
    }

    @Override
    public CompletableFuture<Boolean> release(String key, TierClaim claim) {
        Syntax.requireName("key", key);
        Objects.requireNonNull(claim, "claim");
        return forCaller(calls.offer(names.head(), 0, run -> TierScripts.release(names, codecVersion, key, claim))
                .handle((reply, fault) -> fault == null)); // if not, it ends by itself
    }

    /** Returns a future whose callbacks run neither on a thread of the tier nor on the one that waits for all timeouts. */
    private static <T> CompletableFuture<T> forCaller(CompletableFuture<T> ofTier) {
        AnswerFuture<T> answer = new AnswerFuture<>();
        answer.answerWith(ofTier);
        return answer;
    }

    @Override
    public CompletableFuture<TierStored> store(
            String key, TierLease lease, TierValue value, Duration life, @Nullable TierClaim claim) {
        Syntax.requireName("key", key);
        long lifeMillis = Math.min(longest.toMillis(), millis(life));
        if (value.bytes().length > TierValue.MAX_BYTES) {
            // The newest value is another one than what may be there.
            return evict(key, claim).thenApply(gone -> counted(TierStored.TOO_LARGE));
        }
        if (lifeMillis <= 0) {
            return evict(key, claim).thenApply(gone -> counted(gone ? TierStored.STORED : TierStored.UNAVAILABLE));
        }
        long sinceNanos = time.nanoTime();
        return forCaller(calls.offer(
                        names.head(),
                        value.bytes().length,
                        run -> TierScripts.store(
                                names,
                                codecVersion,
                                run,
                                fencesMillis(),
                                key,
                                lease,
                                sealed(key, lease, value),
                                lifeMillis,
                                claim))
                .handle((reply, fault) -> {
                    if (fault != null) {
                        counts.errors.increment();
                        return counted(TierStored.UNAVAILABLE);
                    }
                    answeredIn(sinceNanos);
                    return counted(TierReply.stored(reply));
                }));
    }

    private TierValue sealed(String key, TierLease lease, TierValue value) {
        return seal == null ? value : seal.sign(names, codecVersion, key, lease, value);
    }

    private CompletableFuture<Boolean> evict(String key, @Nullable TierClaim claim) {
        CompletableFuture<Boolean> gone = evict(List.of(new Selector.Keys(List.of(key))));
        return claim == null ? gone : gone.thenCombine(release(key, claim), (isGone, isReleased) -> isGone);
    }

    @Override
    public CompletableFuture<Boolean> evict(List<Selector> selectors) {
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (List<Selector> together : SelectorParts.fitting(SelectorParts.cut(selectors))) {
            all = all.thenCombine(evictTogether(together), Boolean::logicalAnd);
        }
        return forCaller(all);
    }

    private CompletableFuture<Boolean> evictTogether(List<Selector> selectors) {
        long sinceNanos = time.nanoTime();
        List<Invalidation> invalidations = new ArrayList<>(selectors.size());
        for (Selector selector : selectors) {
            invalidations.add(new Invalidation(selector, 0, 0, OptionalLong.empty()));
        }
        byte[] body = RecordCodec.encodeBody(new RecordBody("", OptionalLong.empty(), invalidations));
        return calls.offer(names.head(), body.length, run -> TierScripts.evict(names, run, body))
                .handle((reply, fault) -> {
                    if (fault != null) {
                        counts.errors.increment();
                        return false;
                    }
                    answeredIn(sinceNanos);
                    return TierReply.evicted(reply);
                });
    }

    @Override
    public TierStats stats() {
        Map<TierStored, Long> stores = new EnumMap<>(TierStored.class);
        counts.stores.forEach((stored, count) -> stores.put(stored, count.sum()));
        return new TierStats(
                counts.hits.sum(),
                counts.misses.sum(),
                counts.errors.sum(),
                stores,
                counts.answered.sum(),
                counts.answeredNanos.sum(),
                counts.badSignatures.sum());
    }

    /** Fences are kept for the longest life of a value, and at least for the life of a lease. */
    private long fencesMillis() {
        return Math.max(longest.toMillis(), TierScripts.LEASE_LIFE.toMillis());
    }

    /** Counts an answer, and how long it took. */
    private void answeredIn(long sinceNanos) {
        counts.answered.increment();
        counts.answeredNanos.add(time.nanoTime() - sinceNanos);
    }

    private TierStored counted(TierStored stored) {
        Objects.requireNonNull(counts.stores.get(stored)).increment();
        return stored;
    }

    private static long millis(Duration duration) {
        return duration.toSeconds() >= Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : duration.toMillis();
    }
}
