package dev.freshet.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StaleWindowTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final StaleWindow window =
            new StaleWindow(MeterGroup.claim(registry, Tags.empty(), "test").with("region", "users"));

    private Timer timer(Stage stage) {
        return registry.get("freshet.stale.window").tag("stage", stage.label()).timer();
    }

    private double micros(Stage stage) {
        return timer(stage).totalTime(TimeUnit.MICROSECONDS);
    }

    private double negatives(Stage stage) {
        return registry.get("freshet.negative.stages")
                .tag("stage", stage.label())
                .functionCounter()
                .count();
    }

    @Test
    void eachStageIsWhatLiesBetweenItsTwoMoments() {
        window.record(record(1_000_300, invalidation(1_000_000, 1_000_100)), 1_001_000, 1_003_000);

        assertThat(Arrays.stream(Stage.values()).map(this::micros))
                .containsExactly(100.0, 200.0, 700.0, 2_000.0, 3_000.0);
    }

    @Test
    void everyInvalidationOfARecordCounts() {
        window.record(record(200, invalidation(0, 100), invalidation(50, 100), invalidation(100, 100)), 300, 400);

        assertThat(Arrays.stream(Stage.values()).map(stage -> timer(stage).count()))
                .containsOnly(3L);
        assertThat(micros(Stage.EVICT)).isEqualTo(300);
        assertThat(micros(Stage.TOTAL)).isEqualTo(1_050);
    }

    @Test
    void aNegativeStageIsZeroAndCounted() {
        window.record(record(1_000, invalidation(500, 600), invalidation(500, 600)), 900, 950);

        assertThat(micros(Stage.DELIVERY)).isZero();
        assertThat(timer(Stage.DELIVERY).count()).isEqualTo(2);
        assertThat(negatives(Stage.DELIVERY)).isEqualTo(2);
        assertThat(negatives(Stage.TOTAL)).isZero();
    }

    @Test
    void aBoundBelongsToItsBucket() {
        for (long took : List.of(50L, 51L, 60_000_000L, 60_000_001L)) {
            window.record(record(0, invalidation(0, 0)), 0, took);
        }

        CountAtBucket[] cumulative = timer(Stage.EVICT).takeSnapshot().histogramCounts();
        assertThat(cumulative[0].count()).isEqualTo(1);
        assertThat(cumulative[1].count()).isEqualTo(2);
        assertThat(cumulative[cumulative.length - 1].count()).isEqualTo(3);
        assertThat(timer(Stage.EVICT).count()).isEqualTo(4);
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
