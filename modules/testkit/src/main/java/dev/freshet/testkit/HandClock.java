package dev.freshet.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * A clock that stands still until a test moves it. Like a machine it has a monotonic clock ({@link #nanoTime()}), which only advances, and a
 * wall clock ({@link #wallMicros()}), which can also be set.
 *
 * <p>Thread-safe. Each method is atomic; two calls may see a move between them.
 */
public final class HandClock {

    /** The initial time of the wall clock by default. */
    public static final Instant DEFAULT_START = Instant.parse("2026-01-01T00:00:00Z");

    private long monotonicNanos;
    private Instant wall;

    /** Creates a clock with the wall clock at {@link #DEFAULT_START} and the monotonic clock at 0. */
    public HandClock() {
        this(DEFAULT_START);
    }

    /** Creates a clock with the wall clock at {@code start} and the monotonic clock at 0. */
    public HandClock(Instant start) {
        this.wall = start;
    }

    /**
     * Moves both clocks forward.
     *
     * @throws IllegalArgumentException if the duration is negative; see {@link #stepWall}
     */
    public synchronized void advance(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(
                    "The clock advances only, but the duration is " + duration + "; stepWall sets the wall clock back");
        }
        monotonicNanos = Math.addExact(monotonicNanos, duration.toNanos());
        wall = wall.plus(duration);
    }

    /**
     * Moves only the monotonic clock, so that the two clocks diverge, as on real machines.
     *
     * @throws IllegalArgumentException if the duration is negative
     */
    public synchronized void advanceMonotonic(Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException("The monotonic clock advances only, but the duration is " + duration);
        }
        monotonicNanos = Math.addExact(monotonicNanos, duration.toNanos());
    }

    /** Sets the wall clock forward, or back if the duration is negative, as NTP does. */
    public synchronized void stepWall(Duration duration) {
        wall = wall.plus(duration);
    }

    /** Returns the monotonic clock in nanoseconds. Only differences are meaningful. */
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

    /** Returns a view of the monotonic clock in nanoseconds, to replace {@code System::nanoTime}. */
    public LongSupplier nanoTimeSource() {
        return this::nanoTime;
    }

    /** Returns a view of the wall clock in microseconds since 1970. */
    public LongSupplier wallMicrosSource() {
        return this::wallMicros;
    }

    /** Returns a view of the wall clock in milliseconds since 1970, to replace {@code System::currentTimeMillis}. */
    public LongSupplier wallMillisSource() {
        return this::wallMillis;
    }

    /** Returns a view of the wall clock as a {@link Clock} in UTC, which is also a {@link java.time.InstantSource}. */
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
