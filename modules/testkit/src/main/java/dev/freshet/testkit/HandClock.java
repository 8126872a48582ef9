package dev.freshet.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * A clock that stands still until a test moves it. It is two clocks in one, as every machine has them: a monotonic one
 * ({@link #nanoTime()}) that only goes forward, and a wall clock ({@link #wallMicros()}) that may also be set.
 *
 * <p>Thread-safe: a reader never sees the one moved and the other not yet, as long as it holds no lock of its own over
 * two calls.
 */
public final class HandClock {

    /** Where the wall clock stands at first unless told otherwise. */
    public static final Instant DEFAULT_START = Instant.parse("2026-01-01T00:00:00Z");

    private long monotonicNanos;
    private Instant wall;

    /** Makes a clock whose wall clock stands at {@link #DEFAULT_START} and whose monotonic clock is at 0. */
    public HandClock() {
        this(DEFAULT_START);
    }

    /** Makes a clock whose wall clock stands at that moment and whose monotonic clock is at 0. */
    public HandClock(Instant start) {
        this.wall = start;
    }

    /**
     * Moves both clocks forward.
     *
     * @throws IllegalArgumentException if the duration is negative: time does not run backwards; see {@link #stepWall}
     */
    public synchronized void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("time only advances, not by " + duration);
        }
        monotonicNanos = Math.addExact(monotonicNanos, duration.toNanos());
        wall = wall.plus(duration);
    }

    /** Moves the monotonic clock alone, so that the two part, as they do on real machines. */
    public synchronized void advanceMonotonic(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("the monotonic clock only advances, not by " + duration);
        }
        monotonicNanos = Math.addExact(monotonicNanos, duration.toNanos());
    }

    /** Sets the wall clock forward, or back if the duration is negative, as an operator or NTP does. */
    public synchronized void stepWall(Duration duration) {
        wall = wall.plus(duration);
    }

    /** Returns the monotonic clock in nanoseconds; only differences mean something. */
    public synchronized long nanoTime() {
        return monotonicNanos;
    }

    /** Returns the wall clock in whole microseconds since 1970. */
    public long wallMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant());
    }

    /** Returns the wall clock in whole milliseconds since 1970. */
    public long wallMillis() {
        return instant().toEpochMilli();
    }

    /** Returns the wall clock. */
    public synchronized Instant instant() {
        return wall;
    }

    /** Returns a view of the monotonic clock in nanoseconds, for what takes a {@code System::nanoTime}. */
    public LongSupplier nanoTimeSource() {
        return this::nanoTime;
    }

    /** Returns a view of the wall clock in microseconds since 1970. */
    public LongSupplier wallMicrosSource() {
        return this::wallMicros;
    }

    /** Returns a view of the wall clock in milliseconds since 1970, for what takes a {@code System::currentTimeMillis}. */
    public LongSupplier wallMillisSource() {
        return this::wallMillis;
    }

    /** Returns a view of the wall clock as a {@link Clock} in UTC (which is also a {@link java.time.InstantSource}). */
    public Clock clock() {
        return new View(ZoneOffset.UTC);
    }

    @Override
    public synchronized String toString() {
        return "HandClock[" + wall + ", " + monotonicNanos + " ns]";
    }

    private final class View extends Clock {
        private final ZoneId zone;

        View(ZoneId zone) {
            this.zone = zone;
        }

        @Override
        public ZoneId getZone() {
            return zone;
        }

        @Override
        public Clock withZone(ZoneId otherZone) {
            return new View(otherZone);
        }

        @Override
        public Instant instant() {
            return HandClock.this.instant();
        }
    }
}
