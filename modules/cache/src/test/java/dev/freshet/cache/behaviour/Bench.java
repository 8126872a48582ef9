package dev.freshet.cache.behaviour;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.fakes.HandRedisTime;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.cache.CacheListener;
import dev.freshet.cache.EvictionCause;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.HandClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** A cache on a clock moved by hand, swept by hand, and a bus of which the test plays the part. */
final class Bench {

    final HandClock clock = new HandClock();
    final TimeSource time = new HandTime(clock);

    final Heard heard = new Heard();
    private long sequence;

    /** What the listener heard. */
    static final class Heard implements CacheListener {
        final Map<EvictionCause, Long> evicted = new EnumMap<>(EvictionCause.class);
        final List<Refusal> refused = new ArrayList<>();
        final List<ResetReason> resets = new ArrayList<>();
        long stored;
        long staleHits;
        long loadsFailed;
        long loads;

        @Override
        public void evicted(String region, EvictionCause cause, long count) {
            evicted.merge(cause, count, Long::sum);
        }

        @Override
        public void staleHits(String region, long count) {
            staleHits += count;
        }

        @Override
        public void stored(String region) {
            stored++;
        }

        @Override
        public void storeRefused(String region, Refusal reason) {
            refused.add(reason);
        }

        @Override
        public void loaded(String region, long tookNanos, boolean failed) {
            if (failed) {
                loadsFailed++;
            } else {
                loads++;
            }
        }

        @Override
        public void reset(String region, ResetReason reason) {
            resets.add(reason);
        }
    }

    RegionCacheBuilder<String> builder() {
        return RegionCache.<String>builder("users")
                .maximumEntries(1_000)
                .time(time)
                .listener(heard)
                .sweptByOwner();
    }

    /** A Redis clock that shows the wall clock's time, exactly. */
    RedisTime redisTime() {
        return new HandRedisTime(clock);
    }

    /** Attaches the cache to a bus and confirms it as of now. */
    Confirmation attach(RegionCache<?> cache) {
        Confirmation confirmation = new Confirmation(time);
        cache.attached(confirmation, redisTime());
        confirm(confirmation);
        return confirmation;
    }

    void confirm(Confirmation confirmation) {
        confirmation.confirm(clock.nanoTime(), clock.wallMicros(), clock.wallMicros());
    }

    void advance(Duration duration) {
        clock.advance(duration);
    }

    /** Applies a record with one invalidation of a change that happened this long ago. */
    void apply(RegionCache<?> cache, Selector selector, Duration changedAgo) {
        apply(cache, selector, changedAgo, OptionalLong.empty());
    }

    void apply(RegionCache<?> cache, Selector selector, Duration changedAgo, OptionalLong version) {
        long changedAtMicros = clock.wallMicros() - changedAgo.toNanos() / 1_000;
        sequence++;
        cache.apply(new LoggedRecord(
                new RecordHeader(new Position(1, sequence), clock.wallMicros(), false),
                new RecordBody(
                        "test",
                        OptionalLong.empty(),
                        List.of(new Invalidation(selector, changedAtMicros, changedAtMicros, version)))));
    }
}
