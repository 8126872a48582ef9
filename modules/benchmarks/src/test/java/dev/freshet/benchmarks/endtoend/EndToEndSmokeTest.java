package dev.freshet.benchmarks.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.benchmarks.contender.Arrivals;
import dev.freshet.benchmarks.contender.Contender;
import dev.freshet.benchmarks.contender.Keys;
import dev.freshet.benchmarks.contender.Kind;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.benchmarks.report.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that evictions are counted correctly. Asserts no time. */
@Tag("ci")
class EndToEndSmokeTest {

    private static final List<Kind> KINDS = List.of(Kind.FLOOR, Kind.FLOOR_BATCHES, Kind.FRESHET);

    @Test
    void freshetAndTheFloorEvictEveryKeyInEverySubscriber() {
        List<String> progress = new ArrayList<>();
        try (RedisProcess redis = RedisProcess.start()) {
            Report report = new EndToEnd(EndToEnd.Plan.smoke(KINDS), redis, progress::add).run();

            assertThat(progress).hasSize(2 * KINDS.size());
            assertThat(report.of(EndToEnd.KEYS)).hasSize(KINDS.size());
            assertThat(report.of(EndToEnd.P50)).hasSize(2);
            assertThat(report.of(EndToEnd.P99)).hasSize(2);
            assertThat(report.figures())
                    .allSatisfy(figure -> assertThat(figure.rounds()).hasSize(1).allMatch(value -> value > 0));
        }
    }

    @Test
    void aContenderInAProcessOfItsOwnTellsWhatItMeasured() {
        try (RedisProcess redis = RedisProcess.start();
                ArenaProcess process = new ArenaProcess(Kind.FRESHET, redis.uri())) {
            for (int round = 0; round < 2; round++) {
                redis.empty();
                Measured measured = process.run(new Round(round * 300, 100, 1_000, 200, 1));

                assertThat(measured.p50Millis()).isPositive();
                assertThat(measured.p99Millis()).isGreaterThanOrEqualTo(measured.p50Millis());
                assertThat(measured.keysPerSecond()).isPositive();
            }
        }
    }

    @Test
    void aContenderThatCountsAnEvictionAndKeepsTheEntryIsCaught() {
        Arrivals arrivals = new Arrivals();
        Keys keys = new Keys(0, 1);

        assertThatThrownBy(() -> Throughput.run(new PretendingContender(arrivals), arrivals, keys))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("can still be read");
    }

    /** Reports an eviction that did not happen. */
    private record PretendingContender(Arrivals arrivals) implements Contender {
        @Override
        public void fill(Keys keys) {}

        @Override
        public boolean isCached(int subscriber, String key) {
            return true;
        }

        @Override
        public Caller caller(Style style) {
            return new Caller() {
                @Override
                public void invalidate(String key) {
                    for (int subscriber = 0; subscriber < SUBSCRIBERS; subscriber++) {
                        arrivals.evicted(subscriber, key);
                    }
                }

                @Override
                public void settle() {}

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }
}
