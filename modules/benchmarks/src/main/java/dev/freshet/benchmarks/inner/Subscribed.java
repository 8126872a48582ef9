package dev.freshet.benchmarks.inner;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.RegionCache;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.OptionalLong;

/** Replaces the bus, so that a benchmark measures a cache in normal operation: confirmed, on Redis's clock, fed with records. */
final class Subscribed {

    private static final Position POSITION = new Position(0xc0ffeeL, 7);

    private static final RedisTime CLOCK = new RedisTime() {
        @Override
        public long nowMicros() {
            return TimeSource.SYSTEM.wallMicros();
        }

        @Override
        public OptionalLong errorMicros() {
            return OptionalLong.of(0);
        }

        @Override
        public long nanoTimeAt(long redisMicros) {
            return System.nanoTime() - (nowMicros() - redisMicros) * 1_000;
        }
    };

    private Subscribed() {}

    /** Confirms the region, as a heartbeat does. */
    static void confirm(RegionCache<?> cache) {
        Confirmation confirmation = new Confirmation(TimeSource.SYSTEM);
        long wallMicros = TimeSource.SYSTEM.wallMicros();
        confirmation.confirm(System.nanoTime(), wallMicros, wallMicros);
        cache.attached(confirmation, CLOCK);
        cache.joined();
    }

    /** Returns a record with one invalidation that changed now. */
    static LoggedRecord record(Selector selector) {
        long nowMicros = TimeSource.SYSTEM.wallMicros();
        return new LoggedRecord(
                new RecordHeader(POSITION, nowMicros, false),
                body(List.of(new Invalidation(selector, nowMicros, nowMicros, OptionalLong.empty()))));
    }

    static RecordBody body(List<Invalidation> invalidations) {
        return new RecordBody("benchmark:1", OptionalLong.of(100), invalidations);
    }
}
