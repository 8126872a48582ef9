package dev.freshet.subscriber.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StaleWindowTest {

    private final StaleWindow window = new StaleWindow();

    @Test
    void eachStageIsWhatLiesBetweenItsTwoMoments() {
        window.record(record(1_000_300, invalidation(1_000_000, 1_000_100)), 1_001_000, 1_003_000);

        assertThat(window.histogram(Stage.SOURCE).sumSeconds()).isEqualTo(0.0001);
        assertThat(window.histogram(Stage.APPEND).sumSeconds()).isEqualTo(0.0002);
        assertThat(window.histogram(Stage.DELIVERY).sumSeconds()).isEqualTo(0.0007);
        assertThat(window.histogram(Stage.EVICT).sumSeconds()).isEqualTo(0.002);
        assertThat(window.histogram(Stage.TOTAL).sumSeconds()).isEqualTo(0.003);
    }

    @Test
    void everyInvalidationOfARecordCounts() {
        window.record(record(200, invalidation(0, 100), invalidation(50, 100), invalidation(100, 100)), 300, 400);

        for (Stage stage : Stage.values()) {
            assertThat(Arrays.stream(window.histogram(stage).counts()).sum()).isEqualTo(3);
        }
        assertThat(window.histogram(Stage.EVICT).sumSeconds()).isEqualTo(0.0003);
        assertThat(window.histogram(Stage.TOTAL).sumSeconds()).isEqualTo(0.00105);
    }

    @Test
    void aNegativeStageIsZeroAndCounted() {
        window.record(record(1_000, invalidation(500, 600), invalidation(500, 600)), 900, 950);

        assertThat(window.histogram(Stage.DELIVERY).sumSeconds()).isZero();
        assertThat(window.histogram(Stage.DELIVERY).negatives()).isEqualTo(2);
        assertThat(window.histogram(Stage.DELIVERY).counts()[0]).isEqualTo(2);
        assertThat(window.histogram(Stage.TOTAL).negatives()).isZero();
    }

    @Test
    void aBoundBelongsToItsBucket() {
        MicrosHistogram histogram = new MicrosHistogram();
        histogram.record(50, 1);
        histogram.record(51, 1);
        histogram.record(60_000_000, 1);
        histogram.record(60_000_001, 1);

        long[] counts = histogram.counts();
        assertThat(counts[0]).isEqualTo(1);
        assertThat(counts[1]).isEqualTo(1);
        assertThat(counts[counts.length - 2]).isEqualTo(1);
        assertThat(counts[counts.length - 1]).isEqualTo(1);
        assertThat(MicrosHistogram.boundsSeconds())
                .hasSize(counts.length)
                .isSorted()
                .startsWith(0.00005);
    }

    private static LoggedRecord record(long loggedAtMicros, Invalidation... invalidations) {
        return new LoggedRecord(
                new RecordHeader(new Position(1, 1), loggedAtMicros, false),
                new RecordBody("test", OptionalLong.empty(), List.of(invalidations)));
    }

    private static Invalidation invalidation(long changedAtMicros, long acceptedAtMicros) {
        return new Invalidation(Selector.keys("k"), changedAtMicros, acceptedAtMicros, OptionalLong.empty());
    }
}
