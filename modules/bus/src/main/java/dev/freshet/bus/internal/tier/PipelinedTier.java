package dev.freshet.bus.internal.tier;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** A tier whose calls queue up for a few threads, each of which sends many in one round trip. */
public final class PipelinedTier implements RedisTier {

    /** Fences are kept for the longest life of a value, and at least for this; so a lease may be as old as this. */
    public static final Duration LEASE_LIFE = Duration.ofSeconds(60);

    private final RedisTierConfig config;
    private final TimeSource time;
    private final BlockingQueue<TierCall> queue;
    private final AtomicLong queuedBytes = new AtomicLong();
    private final List<TierLane> lanes = new ArrayList<>();
    private volatile boolean isClosed;

    public PipelinedTier(RedisTierConfig config, TimeSource time) {
        this.config = config;
        this.time = time;
        this.queue = new LinkedBlockingQueue<>(config.queueMaximumCalls());
        RedisConnector connector = new RedisConnector(config.boundedRedis(), config.name());
        Topology topology = Topologies.of(connector);
        for (int i = 1; i <= config.connections(); i++) {
            lanes.add(new TierLane(connector, topology, queue, config.timeout().toNanos(), time, i));
        }
    }

    @Override
    public Region region(String region, Duration longest) {
        if (longest.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("longest must be at least 1 ms, but is " + longest);
        }
        return new PipelinedRegion(new RedisNames(region), longest);
    }

    /** How many calls wait. */
    int queuedCalls() {
        return queue.size();
    }

    private CompletableFuture<List<?>> call(String head, long bytes, Function<String, ScriptCall> script) {
        TierCall call = new TierCall(head, script, bytes, time.nanoTime());
        if (isClosed) {
            call.fail("the tier is closed");
        } else if (queuedBytes.addAndGet(bytes) > config.queueMaximumBytes() || !queue.offer(call)) {
            queuedBytes.addAndGet(-bytes);
            call.fail("too much waits for Redis");
        } else {
            if (isClosed && queue.remove(call)) {
                call.fail("the tier is closed");
            }
            // Twice: once for its turn in the queue, and once for its answer.
            return call.reply
                    .orTimeout(2 * config.timeout().toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((reply, fault) -> queuedBytes.addAndGet(-bytes));
        }
        return call.reply;
    }

    @Override
    public void close() {
        isClosed = true;
        lanes.forEach(TierLane::close);
        List<TierCall> left = new ArrayList<>();
        queue.drainTo(left);
        left.forEach(call -> call.fail("the tier is closed"));
    }

    private final class PipelinedRegion implements Region {

        private final RedisNames names;
        private final Duration longest;
        private final LongAdder hits = new LongAdder();
        private final LongAdder misses = new LongAdder();
        private final LongAdder errors = new LongAdder();
        private final LongAdder answered = new LongAdder();
        private final LongAdder answeredNanos = new LongAdder();
        private final Map<TierStored, LongAdder> stores = new EnumMap<>(TierStored.class);

        private PipelinedRegion(RedisNames names, Duration longest) {
            this.names = names;
            this.longest = longest;
            for (TierStored stored : TierStored.values()) {
                stores.put(stored, new LongAdder());
            }
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
            Syntax.requireName("key", key);
            long sinceNanos = time.nanoTime();
            return call(names.head(), 0, run -> TierScripts.read(names, run, fencesMillis(), key))
                    .handle((reply, fault) -> {
                        TierRead read = fault == null
                                ? TierReply.read(reply, elapsedNanos(sinceNanos, true), longest)
                                : new TierRead.Unavailable(why(fault));
                        if (fault != null) {
                            errors.increment();
                        }
                        (read instanceof TierRead.Found ? hits : misses).increment();
                        return read;
                    });
        }

        @Override
        public CompletableFuture<TierStored> store(String key, TierLease lease, TierValue value, Duration life) {
            Syntax.requireName("key", key);
            long lifeMillis = Math.min(longest.toMillis(), millis(life));
            if (value.bytes().length > TierValue.MAX_BYTES) {
                return CompletableFuture.completedFuture(counted(TierStored.TOO_LARGE));
            }
            if (lifeMillis <= 0) {
                return evict(List.of(new Selector.Keys(List.of(key))))
                        .thenApply(gone -> counted(gone ? TierStored.STORED : TierStored.UNAVAILABLE));
            }
            long sinceNanos = time.nanoTime();
            return call(
                            names.head(),
                            value.bytes().length,
                            run -> TierScripts.store(names, run, fencesMillis(), key, lease, value, lifeMillis))
                    .handle((reply, fault) -> {
                        if (fault != null) {
                            errors.increment();
                            return counted(TierStored.UNAVAILABLE);
                        }
                        elapsedNanos(sinceNanos, true);
                        return counted(TierReply.stored(reply));
                    });
        }

        @Override
        public CompletableFuture<Boolean> evict(List<Selector> selectors) {
            long sinceNanos = time.nanoTime();
            List<CompletableFuture<Boolean>> parts = new ArrayList<>();
            for (List<Selector> together : SelectorParts.fitting(SelectorParts.cut(selectors))) {
                byte[] body = RecordCodec.encodeBody(new RecordBody(
                        "",
                        OptionalLong.empty(),
                        together.stream()
                                .map(selector -> new Invalidation(selector, 0, 0, OptionalLong.empty()))
                                .toList()));
                parts.add(call(names.head(), body.length, run -> TierScripts.evict(names, run, body))
                        .handle((reply, fault) -> {
                            if (fault != null) {
                                errors.increment();
                                return false;
                            }
                            elapsedNanos(sinceNanos, true);
                            return TierReply.evicted(reply);
                        }));
            }
            return parts.stream()
                    .reduce((a, b) -> a.thenCombine(b, Boolean::logicalAnd))
                    .orElseGet(() -> CompletableFuture.completedFuture(true));
        }

        @Override
        public TierStats stats() {
            Map<TierStored, Long> counts = new EnumMap<>(TierStored.class);
            stores.forEach((stored, count) -> counts.put(stored, count.sum()));
            return new TierStats(hits.sum(), misses.sum(), errors.sum(), counts, answered.sum(), answeredNanos.sum());
        }

        private long fencesMillis() {
            return Math.max(longest.toMillis(), LEASE_LIFE.toMillis());
        }

        private long elapsedNanos(long sinceNanos, boolean isAnswered) {
            long nanos = time.nanoTime() - sinceNanos;
            if (isAnswered) {
                answered.increment();
                answeredNanos.add(nanos);
            }
            return nanos;
        }

        private TierStored counted(TierStored stored) {
            Objects.requireNonNull(stores.get(stored)).increment();
            return stored;
        }
    }

    private static String why(Throwable fault) {
        return String.valueOf(fault.getMessage());
    }

    private static long millis(Duration duration) {
        return duration.toSeconds() >= Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : duration.toMillis();
    }
}
