package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisTime;
import dev.freshet.bus.TimeSource;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The Redis clock of a node that may change, or may not be known yet: then the local wall clock, with an unknown error. */
public final class CurrentNodeTime implements RedisTime {

    private final Supplier<? extends @Nullable RedisTime> current;
    private final TimeSource time;

    /** @param current returns the clock of the node as of now, or null */
    public CurrentNodeTime(Supplier<? extends @Nullable RedisTime> current, TimeSource time) {
        this.current = current;
        this.time = time;
    }

    @Override
    public long nowMicros() {
        RedisTime clock = current.get();
        return clock == null ? time.wallMicros() : clock.nowMicros();
    }

    @Override
    public OptionalLong errorMicros() {
        RedisTime clock = current.get();
        return clock == null ? OptionalLong.empty() : clock.errorMicros();
    }

    @Override
    public long nanoTimeAt(long redisMicros) {
        return time.nanoTime() - (nowMicros() - redisMicros) * 1_000;
    }
}
