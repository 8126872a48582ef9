package dev.freshet.bus.fakes;

import dev.freshet.bus.RedisTime;
import dev.freshet.testkit.HandClock;
import java.util.OptionalLong;

/** A Redis clock that shows the time of the wall clock that a test moves, exactly. */
public record HandRedisTime(HandClock clock) implements RedisTime {

    @Override
    public long nowMicros() {
        return clock.wallMicros();
    }

    @Override
    public OptionalLong errorMicros() {
        return OptionalLong.of(0);
    }

    @Override
    public long nanoTimeAt(long redisMicros) {
        return clock.nanoTime() + (redisMicros - clock.wallMicros()) * 1_000;
    }
}
