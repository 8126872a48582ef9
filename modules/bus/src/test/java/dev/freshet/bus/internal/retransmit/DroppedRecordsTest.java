package dev.freshet.bus.internal.retransmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DroppedRecordsTest {

    private static final String OLD = "old";
    private static final String NEW = "new";

    private final DroppedRecords dropped = new DroppedRecords();

    private static EpochBegin beganAtSecond(long seconds) {
        return new EpochBegin(false, OptionalLong.of(TimeUnit.SECONDS.toNanos(seconds)));
    }

    private void dropAtSecond(String region, String server, long seconds) {
        dropped.add(region, server, TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void theServerThatAcknowledgedARecordLacksNothing() {
        dropAtSecond("users", OLD, 10);
        assertThat(dropped.notOf(OLD)).isEmpty();
        assertThat(dropped.notOf(NEW)).containsExactly("users");
    }

    @Test
    void anEpochCoversWhatWasAcknowledgedWellBeforeItBegan() {
        dropAtSecond("users", OLD, 10);
        dropAtSecond("users", OLD, 20);
        assertThat(dropped.isCovered("users", NEW, beganAtSecond(15))).isFalse();
        assertThat(dropped.isCovered("users", NEW, beganAtSecond(20))).isFalse();
        assertThat(dropped.isCovered("users", NEW, EpochBegin.UNKNOWN)).isFalse();
        assertThat(dropped.isCovered("users", NEW, beganAtSecond(21))).isTrue();
        assertThat(dropped.notOf(NEW)).isEmpty();
    }

    @Test
    void whatOneServerCoversTheNextMayLack() {
        dropAtSecond("users", OLD, 10);
        assertThat(dropped.isCovered("users", NEW, beganAtSecond(15))).isTrue();
        assertThat(dropped.notOf("third")).containsExactly("users");
        assertThat(dropped.isCovered("users", "third", beganAtSecond(5))).isFalse();
    }

    @Test
    void recordsOfTwoServersMayBeMissingOnBoth() {
        dropAtSecond("users", OLD, 10);
        dropAtSecond("users", NEW, 20);
        assertThat(dropped.notOf(NEW)).containsExactly("users");
        assertThat(dropped.notOf(OLD)).containsExactly("users");
    }

    @Test
    void aReplacedRegionIsDoneUntilMoreIsDropped() {
        dropAtSecond("users", OLD, 10);
        dropped.replaced("users");
        assertThat(dropped.notOf(NEW)).isEmpty();
        dropAtSecond("users", NEW, 30);
        assertThat(dropped.notOf("third")).containsExactly("users");
    }

    @Test
    void tooManyRegionsForgetTheFirstAndSaySo() {
        for (int i = 0; i < 100_002; i++) {
            dropAtSecond("region" + i, OLD, i);
        }
        assertThat(dropped.notOf(NEW)).hasSize(100_000).doesNotContain("region0", "region1");
        assertThat(dropped.takeForgotten()).containsExactly("region0", "region1");
        assertThat(dropped.takeForgotten()).isEmpty();
    }
}
