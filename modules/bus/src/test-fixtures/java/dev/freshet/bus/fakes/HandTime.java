package dev.freshet.bus.fakes;

import dev.freshet.bus.TimeSource;
import dev.freshet.testkit.HandClock;

/** A machine's clock that only a test moves. */
public record HandTime(HandClock clock) implements TimeSource {

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public long wallMicros() {
        return clock.wallMicros();
    }
}
