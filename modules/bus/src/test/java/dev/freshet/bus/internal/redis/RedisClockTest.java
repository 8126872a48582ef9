package dev.freshet.bus.internal.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.TimeSource;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RedisClockTest {

    /** A machine whose Redis is ahead of it by a known offset, over a network with known delays. */
    private static final class World implements TimeSource {
        private long nanos = 5_000_000_000L;
        private long wallStepMicros;
        private long redisAheadMicros = 3_600_000_000L;

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long wallMicros() {
            return nanos / 1_000 + wallStepMicros;
        }

        private long redisMicros() {
            return nanos / 1_000 + redisAheadMicros;
        }

        private void roundTrip(RedisClock clock, long thereMicros, long backMicros) {
            long sent = nanos;
            nanos += thereMicros * 1_000;
            long redis = redisMicros();
            nanos += backMicros * 1_000;
            clock.sample(sent, nanos, redis);
        }
    }

    private final World world = new World();
    private final RedisClock clock = new RedisClock(world);

    @Test
    void beforeTheFirstSampleTheErrorIsUnknownNotSmall() {
        assertThat(clock.errorMicros()).isEmpty();
        assertThat(clock.nowMicros()).isEqualTo(world.wallMicros());
    }

    @Test
    void theTruthIsAlwaysWithinTheStatedError() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            world.nanos += random.nextInt(1_000_000_000);
            world.roundTrip(clock, random.nextInt(5_000), random.nextInt(5_000));
            long error = clock.errorMicros().orElseThrow();
            assertThat(Math.abs(clock.nowMicros() - world.redisMicros())).isLessThanOrEqualTo(error + 1);
            assertThat(error).isLessThanOrEqualTo(5_002);
        }
    }

    @Test
    void theShortestRoundTripOfTheWindowWins() {
        world.roundTrip(clock, 4_000, 0);
        world.roundTrip(clock, 10, 10);
        world.roundTrip(clock, 0, 4_000);
        assertThat(clock.errorMicros().orElseThrow()).isLessThan(20);
    }

    @Test
    void anOldSampleGrowsWorse() {
        world.roundTrip(clock, 10, 10);
        long fresh = clock.errorMicros().orElseThrow();
        world.nanos += 10_000_000_000L;
        assertThat(clock.errorMicros().orElseThrow()).isEqualTo(fresh + 150);
    }

    @Test
    void aStepOfTheWallClockChangesNothing() {
        world.roundTrip(clock, 10, 10);
        long before = clock.nowMicros();
        world.wallStepMicros = -5_000_000;
        assertThat(clock.nowMicros()).isEqualTo(before);
    }

    @Test
    void aStepOfTheRedisClockIsBelievedAtOnce() {
        for (int i = 0; i < 100; i++) {
            world.roundTrip(clock, 10, 10);
        }
        world.redisAheadMicros += 1_000_000;
        world.roundTrip(clock, 100, 100);
        assertThat(Math.abs(clock.nowMicros() - world.redisMicros())).isLessThanOrEqualTo(101);
    }

    @Test
    void anotherServersSamplesAreForgotten() {
        world.roundTrip(clock, 10, 10);
        clock.forget();
        assertThat(clock.errorMicros()).isEmpty();
    }

    @Test
    void momentsAreConvertedBothWays() {
        world.roundTrip(clock, 10, 10);
        long now = clock.nowMicros();
        assertThat(clock.nanoTimeAt(now - 1_000)).isEqualTo(world.nanoTime() - 1_000_000);
        assertThat(clock.microsAt(world.nanoTime() - 1_000_000)).isEqualTo(now - 1_000);
    }
}
