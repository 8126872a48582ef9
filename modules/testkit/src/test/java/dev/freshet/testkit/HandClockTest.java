package dev.freshet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class HandClockTest {

    private final HandClock clock = new HandClock(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void standsStillUntilMoved() {
        assertThat(clock.nanoTime()).isZero().isEqualTo(clock.nanoTime());
        assertThat(clock.wallMicros()).isEqualTo(1_767_225_600_000_000L);
    }

    @Test
    void advanceMovesBothClocksAndEveryView() {
        clock.advance(Duration.ofNanos(1_500_000));

        assertThat(clock.nanoTimeSource().getAsLong()).isEqualTo(1_500_000);
        assertThat(clock.wallMicrosSource().getAsLong()).isEqualTo(1_767_225_600_001_500L);
        assertThat(clock.wallMillisSource().getAsLong()).isEqualTo(1_767_225_600_001L);
        InstantSource instants = clock.clock();
        assertThat(instants.instant()).isEqualTo(Instant.parse("2026-01-01T00:00:00.001500Z"));
    }

    @Test
    void partsOfAMicrosecondAddUp() {
        for (int i = 0; i < 1_000; i++) {
            clock.advance(Duration.ofNanos(1));
        }
        assertThat(clock.wallMicros()).isEqualTo(1_767_225_600_000_001L);
    }

    @Test
    void theWallClockCanBeSetBackAndTheMonotonicOneStays() {
        clock.stepWall(Duration.ofSeconds(-5));

        assertThat(clock.nanoTime()).isZero();
        assertThat(clock.instant()).isEqualTo(Instant.parse("2025-12-31T23:59:55Z"));
    }

    @Test
    void theMonotonicClockCanMoveAlone() {
        clock.advanceMonotonic(Duration.ofSeconds(1));

        assertThat(clock.nanoTime()).isEqualTo(1_000_000_000);
        assertThat(clock.instant()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void timeDoesNotRunBackwards() {
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> clock.advanceMonotonic(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theClockViewKeepsItsZone() {
        ZoneId zone = ZoneId.of("Asia/Kathmandu");
        assertThat(clock.clock().withZone(zone).getZone()).isEqualTo(zone);
    }

    @Test
    void concurrentMovesAreAllCounted() throws InterruptedException {
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (int n = 0; n < 10_000; n++) {
                    clock.advance(Duration.ofNanos(1));
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(clock.nanoTime()).isEqualTo(40_000);
    }
}
