package dev.freshet.bus;

import java.time.Instant;

/** The clocks that the bus reads; tests pass their own. Safe to use from any thread. */
public interface TimeSource {

    /** The clocks of this machine. */
    TimeSource SYSTEM = new TimeSource() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallMicros() {
            Instant now = Instant.now();
            return now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
        }
    };

    /** Returns nanoseconds since some moment. Never runs backwards; may stand still while the machine is suspended. */
    long nanoTime();

    /** Returns microseconds since 1970 by the machine's calendar clock, which may jump. */
    long wallMicros();
}
