package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.internal.member.FollowedEpochs;
import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a member's row proves about a record, in its epoch and in others. */
class MemberTest {

    private static final long APPENDED = 50_000_000;
    private static final Position TARGET = new Position(2, 10);

    private static boolean hasApplied(Position at, long adoptedAtMicros, Position... left) {
        return new Member("id", "name", at, 0, 0, 0, 1, adoptedAtMicros, List.of(left)).hasApplied(TARGET, APPENDED);
    }

    @Test
    void inTheSameEpochThePositionCounts() {
        assertThat(hasApplied(new Position(2, 10), 0)).isTrue();
        assertThat(hasApplied(new Position(2, 9), Long.MAX_VALUE)).isFalse();
    }

    @Test
    void anEpochThatWasNeverFollowedDoesNotCount() {
        assertThat(hasApplied(new Position(3, 99), APPENDED - 1)).isFalse();
        assertThat(hasApplied(new Position(3, 99), APPENDED - 1, new Position(1, 99)))
                .isFalse();
    }

    @Test
    void anEpochThatWasLeftCountsUpToWhereItWasLeft() {
        assertThat(hasApplied(new Position(3, 1), 0, new Position(2, 10), new Position(1, 4)))
                .isTrue();
        assertThat(hasApplied(new Position(3, 1), 0, new Position(2, 9))).isFalse();
    }

    @Test
    void anEpochThatWasAdoptedAfterTheAppendCountsIfNoClocksDifferenceExplainsIt() {
        assertThat(hasApplied(new Position(3, 0), APPENDED + 1_000_001)).isTrue();
        assertThat(hasApplied(new Position(3, 0), APPENDED + 1_000_000)).isFalse();
    }

    @Test
    void theRowOfAnOlderVersionCountsAsLaggingInAnotherEpoch() {
        String row = "seen=90 position=0000000000000003-7 applied=80 confirmed=80 gone=30 channel=c name=n";
        Member old = Objects.requireNonNull(MemberRow.parse("id", row)).member();
        assertThat(old.hasApplied(TARGET, APPENDED)).isFalse();
        assertThat(old.hasApplied(new Position(3, 7), APPENDED)).isTrue();
    }

    @Test
    void onlyTheLastFewEpochsAreRemembered() {
        FollowedEpochs epochs = FollowedEpochs.NONE;
        for (int epoch = 1; epoch <= 6; epoch++) {
            epochs = epochs.next(new Position(epoch, 1), epoch);
        }
        assertThat(epochs.left()).extracting(Position::epoch).containsExactly(3L, 4L, 5L, 6L);
        assertThat(epochs.hasReached(new Position(2, 1))).isFalse();
        assertThat(epochs.hasReached(new Position(6, 1))).isTrue();
        assertThat(epochs.hasReached(new Position(6, 2))).isFalse();
    }
}
