package dev.freshet.bus.internal.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AppliedRecordsTest {

    private static LoggedRecord record(long epoch, long sequence, long changedAtMicros) {
        Invalidation invalidation =
                new Invalidation(Selector.keys("a"), changedAtMicros, changedAtMicros, OptionalLong.empty());
        return new LoggedRecord(
                new RecordHeader(new Position(epoch, sequence), changedAtMicros, false),
                new RecordBody("", OptionalLong.empty(), List.of(invalidation)));
    }

    @Test
    void theLastRecordsOfThePresentEpochAreRemembered() {
        AppliedRecords applied = new AppliedRecords();
        for (int sequence = 1; sequence <= 200; sequence++) {
            applied.add(record(1, sequence, 0), 1_000 + sequence);
        }
        assertThat(applied.count()).isEqualTo(200);
        assertThat(applied.appliedAtMicros(new Position(1, 200))).hasValue(1_200);
        assertThat(applied.appliedAtMicros(new Position(1, 73))).hasValue(1_073);
        assertThat(applied.appliedAtMicros(new Position(1, 72))).isEmpty();
        assertThat(applied.appliedAtMicros(new Position(1, 201))).isEmpty();
        assertThat(applied.appliedAtMicros(new Position(2, 200))).isEmpty();
        assertThat(applied.appliedAtMicros(new Position(1, 0))).isEmpty();

        applied.add(record(2, 1, 0), 5_000);
        assertThat(applied.appliedAtMicros(new Position(1, 200))).isEmpty();
        assertThat(applied.appliedAtMicros(new Position(2, 200))).isEmpty();
        assertThat(applied.appliedAtMicros(new Position(2, 1))).hasValue(5_000);
    }

    @Test
    void eachTimeFallsIntoTheFirstBucketThatEndsAboveIt() {
        for (long micros = 0; micros < 100_000_000; micros += Math.max(1, micros / 97)) {
            int bucket = AppliedRecords.bucket(micros);
            if (micros < 60_000_000) {
                assertThat(AppliedRecords.upperMicros(bucket)).as("%d", micros).isGreaterThan(micros);
            }
            if (bucket > 0) {
                assertThat(AppliedRecords.upperMicros(bucket - 1))
                        .as("%d", micros)
                        .isLessThanOrEqualTo(micros);
            }
        }
        assertThat(AppliedRecords.bucket(-5)).isZero();
        assertThat(AppliedRecords.bucket(Long.MAX_VALUE)).isEqualTo(AppliedRecords.bucket(600_000_000));
    }

    @Test
    void windowsAreCountedByTheirUpperBound() {
        AppliedRecords applied = new AppliedRecords();
        applied.add(record(1, 1, 0), 100);
        applied.add(record(1, 2, 0), 100);
        applied.add(record(1, 3, 0), 3);
        assertThat(applied.windows()).isEqualTo("4:1,112:2");
    }
}
