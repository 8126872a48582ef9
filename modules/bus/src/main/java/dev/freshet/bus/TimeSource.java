package dev.freshet.bus;

import java.time.Instant;

/** Where time comes from, so that tests can drive it. Safe to use from any thread. */
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

    /** Nanoseconds since some moment; never runs backwards, may stand still while the machine is suspended. */
    long nanoTime();

    /** Microseconds since 1970 by the machine's calendar clock; may jump. */
    long wallMicros();
}
