package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisTime;
import dev.freshet.bus.TimeSource;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the offset of the Redis clock from this process's monotonic one by the round trips of {@code TIME}, as NTP
 * does (RFC 5905): the server read its clock somewhere between sending and receiving, so the middle is off by at most half
 * the round trip. Of the samples in the window, the one whose error is the smallest now wins; an older sample's error
 * grows with its age, because the two clocks do not tick alike.
 *
 * <p>The monotonic clock is the base, so that a step of this machine's calendar clock changes nothing. {@link #sample} and
 * {@link #forget} are called by one thread; everything else is safe from any.
 */
public final class RedisClock implements RedisTime {

    /** The number of samples that compete: half a minute of one each half second, or two minutes of one each two seconds. */
    private static final int WINDOW_SAMPLES = 64;

    /** How fast two clocks may drift apart; NTP assumes the same for an undisciplined clock. */
    private static final double DRIFT = 15e-6;

    private record Sample(long atNanos, long offsetMicros, double errorMicros) {
        double errorMicrosAt(long nowNanos) {
            return errorMicros + (nowNanos - atNanos) / 1_000.0 * DRIFT;
        }
    }

    private final TimeSource time;
    private final ArrayDeque<Sample> window = new ArrayDeque<>();
    private volatile @Nullable Sample best;

    public RedisClock(TimeSource time) {
        this.time = time;
    }

    /**
     * Takes in one round trip.
     *
     * @param sentNanos {@link TimeSource#nanoTime} just before the command was sent
     * @param receivedNanos {@link TimeSource#nanoTime} just after its answer was read
     * @param redisMicros the answer in microseconds since 1970
     */
    public void sample(long sentNanos, long receivedNanos, long redisMicros) {
        long roundTripNanos = receivedNanos - sentNanos;
        long middleNanos = sentNanos + roundTripNanos / 2;
        Sample sample = new Sample(
                receivedNanos, redisMicros - Math.floorDiv(middleNanos, 1_000), roundTripNanos / 2_000.0 + 1);
        // Two samples whose error ranges do not meet cannot both be right: in between, the Redis clock was set, or this
        // machine was suspended. Older samples say nothing about now.
        Sample former = best;
        if (former != null
                && Math.abs(former.offsetMicros - sample.offsetMicros)
                        > former.errorMicrosAt(receivedNanos) + sample.errorMicros) {
            window.clear();
        }
        window.addLast(sample);
        if (window.size() > WINDOW_SAMPLES) {
            window.removeFirst();
        }
        best = smallestErrorAt(receivedNanos);
    }

    private Sample smallestErrorAt(long nowNanos) {
        Iterator<Sample> samples = window.iterator();
        Sample smallest = samples.next();
        while (samples.hasNext()) {
            Sample next = samples.next();
            if (next.errorMicrosAt(nowNanos) < smallest.errorMicrosAt(nowNanos)) {
                smallest = next;
            }
        }
        return smallest;
    }

    /** Discards all samples, because another server answers now. Until there are new ones the error is unknown. */
    public void forget() {
        window.clear();
        best = null;
    }

    @Override
    public long nowMicros() {
        Sample sample = best;
        return sample == null ? time.wallMicros() : Math.floorDiv(time.nanoTime(), 1_000) + sample.offsetMicros;
    }

    /** Returns how many microseconds the Redis clock is ahead of this process's monotonic one. */
    public long offsetMicros() {
        Sample sample = best;
        return sample == null ? time.wallMicros() - Math.floorDiv(time.nanoTime(), 1_000) : sample.offsetMicros;
    }

    /** Converts a moment on this process's monotonic clock. */
    public long microsAt(long nanoTime) {
        Sample sample = best;
        return sample == null
                ? time.wallMicros() - (time.nanoTime() - nanoTime) / 1_000
                : Math.floorDiv(nanoTime, 1_000) + sample.offsetMicros;
    }

    @Override
    public OptionalLong errorMicros() {
        Sample sample = best;
        return sample == null
                ? OptionalLong.empty()
                : OptionalLong.of((long) Math.ceil(sample.errorMicrosAt(time.nanoTime())));
    }

    @Override
    public long nanoTimeAt(long redisMicros) {
        return time.nanoTime() - (nowMicros() - redisMicros) * 1_000;
    }
}
