package dev.freshet.spring.boot.test;

import dev.freshet.bus.TimeSource;
import dev.freshet.testkit.HandClock;

/** The clock that a test moves, as caches read it. */
record HandTime(HandClock clock) implements TimeSource {

    @Override
    public long nanoTime() {
        return clock.nanoTime();
    }

    @Override
    public long wallMicros() {
        return clock.wallMicros();
    }
}
