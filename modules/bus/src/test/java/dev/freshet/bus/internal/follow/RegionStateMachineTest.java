package dev.freshet.bus.internal.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionSubscription.State;
import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What the state machine wants in each situation, one at a time. The simulation mixes them. */
class RegionStateMachineTest {

    private static final long E1 = 0xe1;
    private static final long E2 = 0xe2;

    /** Writes down what is wanted. */
    private static final class Wants implements RegionStateMachine.Effects {
        private final List<String> wanted = new ArrayList<>();
        private long ticket;

        /** How many resets, and reports of a join, the reader fails at. */
        private int failures;

        /** Whether the reader fails at a record, and so has to reset. */
        private boolean failsToApply;

        @Override
        public boolean apply(Arrival arrival, boolean replayed) {
            wanted.add((replayed ? "replayed " : "apply ") + arrival.position().sequence());
            return !failsToApply || reset(ResetReason.READER_FAILED);
        }

        @Override
        public void replay(long ofTicket, Position position, long upToSequence) {
            ticket = ofTicket;
            wanted.add("read " + (position.sequence() + 1) + ".." + upToSequence);
        }

        @Override
        public boolean reset(ResetReason reason) {
            wanted.add("reset " + reason);
            return failures-- <= 0;
        }

        @Override
        public boolean joined() {
            wanted.add("joined");
            return failures-- <= 0;
        }

        @Override
        public void confirm(long heartbeat) {
            wanted.add("confirm " + heartbeat);
        }

        @Override
        public void askHead() {
            wanted.add("ask");
        }

        @Override
        public void resubscribe(String why) {
            wanted.add("resubscribe");
        }

        @Override
        public void duplicate() {
            wanted.add("duplicate");
        }

        @Override
        public void gap() {
            wanted.add("gap");
        }

        @Override
        public void bufferOverflowed() {
            wanted.add("overflow");
        }

        private List<String> take() {
            List<String> taken = List.copyOf(wanted);
            wanted.clear();
            return taken;
        }
    }

    private final Wants wants = new Wants();
    private final RegionStateMachine machine = new RegionStateMachine(wants, 3);

    private static Arrival record(long epoch, long sequence) {
        Invalidation invalidation = new Invalidation(Selector.keys("k" + sequence), 0, 0, OptionalLong.empty());
        return new Arrival(
                new LoggedRecord(
                        new RecordHeader(new Position(epoch, sequence), 1, false),
                        new RecordBody("test", OptionalLong.empty(), List.of(invalidation))),
                0);
    }

    private static Head head(long heartbeat, long epoch, long sequence) {
        return new Head(heartbeat, new Position(epoch, sequence), "run" + epoch);
    }

    private void page(long... sequences) {
        machine.page(
                wants.ticket,
                Arrays.stream(sequences).mapToObj(s -> record(E1, s)).toList());
    }

    /** Brings the state machine to life at E1-5. */
    private void joinAt5() {
        machine.subscribed();
        machine.head(head(1, E1, 5));
        assertThat(wants.take()).containsExactly("ask", "joined", "confirm 1");
    }

    @Test
    void recordsBeforeTheFirstHeadAreCoveredByIt() {
        machine.subscribed();
        machine.record(record(E1, 5));
        assertThat(wants.take()).containsExactly("ask");
        machine.head(head(1, E1, 5));
        assertThat(wants.take()).containsExactly("joined", "confirm 1");
        assertThat(machine.position()).isEqualTo(new Position(E1, 5));
        assertThat(machine.state()).isEqualTo(State.LIVE);
    }

    @Test
    void theNextRecordIsAppliedAnOldOneIsADuplicate() {
        joinAt5();
        machine.record(record(E1, 6));
        machine.record(record(E1, 6));
        machine.record(record(E1, 4));
        assertThat(wants.take()).containsExactly("apply 6", "duplicate", "duplicate");
    }

    @Test
    void aGapIsReadFromTheLogAndWhatCameMeanwhileFollows() {
        joinAt5();
        machine.record(record(E1, 8));
        machine.record(record(E1, 9));
        assertThat(wants.take()).containsExactly("gap", "read 6..7");
        page(6, 7);
        assertThat(wants.take()).containsExactly("replayed 6", "replayed 7", "apply 8", "apply 9");
        assertThat(machine.state()).isEqualTo(State.LIVE);
    }

    @Test
    void aReplayGoesOnPageByPage() {
        joinAt5();
        machine.record(record(E1, 10));
        page(6, 7);
        page(8, 9);
        assertThat(wants.take())
                .containsExactly(
                        "gap",
                        "read 6..9",
                        "replayed 6",
                        "replayed 7",
                        "read 8..9",
                        "replayed 8",
                        "replayed 9",
                        "apply 10");
    }

    @Test
    void aHoleInTheMiddleOfAPageIsAReset() {
        joinAt5();
        machine.record(record(E1, 10));
        wants.take();
        page(6, 8, 9);
        assertThat(wants.take()).containsExactly("replayed 6", "reset TRIMMED");
        assertThat(machine.position()).isEqualTo(new Position(E1, 10));
        machine.record(record(E1, 11));
        assertThat(wants.take()).containsExactly("apply 11");
    }

    @Test
    void anEmptyPageIsAReset() {
        joinAt5();
        machine.record(record(E1, 7));
        wants.take();
        page();
        assertThat(wants.take()).containsExactly("reset TRIMMED");
        assertThat(machine.position()).isEqualTo(new Position(E1, 7));
    }

    @Test
    void aPageOfAnotherEpochIsAReset() {
        joinAt5();
        machine.record(record(E1, 7));
        wants.take();
        machine.page(wants.ticket, List.of(record(E2, 6)));
        assertThat(wants.take()).containsExactly("reset TRIMMED");
    }

    @Test
    void anUnreadableEntryInTheLogIsAReset() {
        joinAt5();
        machine.record(record(E1, 7));
        wants.take();
        machine.page(wants.ticket, Arrays.asList((Arrival) null));
        assertThat(wants.take()).containsExactly("reset UNREADABLE");
    }

    @Test
    void moreLiveRecordsThanCanBeHeldAreReadFromTheLog() {
        joinAt5();
        for (long sequence = 7; sequence <= 10; sequence++) {
            machine.record(record(E1, sequence));
        }
        assertThat(wants.take()).containsExactly("gap", "read 6..6", "overflow");
        page(6);
        assertThat(wants.take()).containsExactly("replayed 6", "read 7..10");
        page(7, 8, 9, 10);
        assertThat(wants.take()).containsExactly("replayed 7", "replayed 8", "replayed 9", "replayed 10");
        assertThat(machine.state()).isEqualTo(State.LIVE);
    }

    @Test
    void aHeadThatIsReachedConfirms() {
        joinAt5();
        machine.record(record(E1, 6));
        machine.head(head(2, E1, 6));
        assertThat(wants.take()).containsExactly("apply 6", "confirm 2");
    }

    @Test
    void aHeadBeyondThePositionIsAGapAndConfirmsOnlyAfterTheReplay() {
        joinAt5();
        machine.head(head(2, E1, 6));
        assertThat(wants.take()).containsExactly("gap", "read 6..6");
        page(6);
        assertThat(wants.take()).containsExactly("replayed 6", "confirm 2");
    }

    @Test
    void twoGapsWithoutALiveRecordBetweenMeanThatTheSubscriptionIsDeaf() {
        joinAt5();
        machine.head(head(2, E1, 6));
        page(6);
        wants.take();
        machine.head(head(3, E1, 7));
        assertThat(wants.take()).containsExactly("gap", "resubscribe");
    }

    @Test
    void aLiveRecordBetweenTwoGapsProvesThatItHears() {
        joinAt5();
        machine.head(head(2, E1, 6));
        page(6);
        machine.record(record(E1, 7));
        wants.take();
        machine.head(head(3, E1, 8));
        assertThat(wants.take()).containsExactly("gap", "read 8..8");
    }

    @Test
    void aReturnWithinTheSameEpochReplays() {
        joinAt5();
        machine.disconnected();
        machine.subscribed();
        machine.record(record(E1, 8));
        machine.head(head(2, E1, 8));
        assertThat(wants.take()).containsExactly("ask", "read 6..8");
        page(6, 7, 8);
        assertThat(wants.take()).containsExactly("replayed 6", "replayed 7", "replayed 8", "confirm 2");
    }

    @Test
    void aReturnWithNothingMissedIsConfirmedAtOnce() {
        joinAt5();
        machine.disconnected();
        machine.subscribed();
        machine.head(head(2, E1, 5));
        assertThat(wants.take()).containsExactly("ask", "confirm 2");
        assertThat(machine.state()).isEqualTo(State.LIVE);
    }

    @Test
    void aReturnToAnotherEpochResets() {
        joinAt5();
        machine.disconnected();
        machine.subscribed();
        machine.head(head(2, E2, 50));
        assertThat(wants.take()).containsExactly("ask", "reset SERVER", "confirm 2");
        assertThat(machine.position()).isEqualTo(new Position(E2, 50));
    }

    @Test
    void aReturnToAHeadBehindThePositionResets() {
        joinAt5();
        machine.disconnected();
        machine.subscribed();
        machine.head(head(2, E1, 4));
        assertThat(wants.take()).containsExactly("ask", "reset HEAD_BEHIND", "confirm 2");
        assertThat(machine.position()).isEqualTo(new Position(E1, 4));
    }

    @Test
    void aLiveRecordOfAnotherEpochResetsAndIsCovered() {
        joinAt5();
        machine.record(record(E2, 1));
        machine.record(record(E2, 2));
        assertThat(wants.take()).containsExactly("reset EPOCH", "apply 2");
    }

    @Test
    void aRecordOfAnotherEpochDuringAReplayEndsIt() {
        joinAt5();
        machine.record(record(E1, 8));
        machine.record(record(E2, 1));
        wants.take();
        page(6, 7);
        assertThat(wants.take()).isEmpty();
        assertThat(machine.position()).isEqualTo(new Position(E2, 1));
    }

    @Test
    void anUnreadableRecordResetsAndIsPassed() {
        joinAt5();
        machine.unreadable(new RecordHeader(new Position(E1, 6), 1, false));
        machine.record(record(E1, 7));
        assertThat(wants.take()).containsExactly("reset UNREADABLE", "apply 7");
    }

    @Test
    void foreignBytesResetInPlace() {
        joinAt5();
        machine.foreign();
        machine.record(record(E1, 6));
        assertThat(wants.take()).containsExactly("reset FOREIGN", "apply 6");
    }

    @Test
    void foreignBytesDuringAReplayResetAndTheReplayGoesOn() {
        joinAt5();
        machine.record(record(E1, 7));
        machine.foreign();
        page(6);
        assertThat(wants.take()).containsExactly("gap", "read 6..6", "reset FOREIGN", "replayed 6", "apply 7");
    }

    @Test
    void aPageThatComesAfterTheConnectionBrokeIsNotTaken() {
        joinAt5();
        machine.record(record(E1, 7));
        machine.disconnected();
        wants.take();
        page(6);
        assertThat(wants.take()).isEmpty();
        assertThat(machine.position()).isEqualTo(new Position(E1, 5));
    }

    @Test
    void aHeadThatComesAfterTheConnectionBrokeIsNotTaken() {
        joinAt5();
        machine.disconnected();
        machine.head(head(2, E1, 5));
        assertThat(wants.take()).isEmpty();
    }

    // ---- a reader that fails

    @Test
    void aReaderThatFailsToResetHasNoPositionUntilAHeadFindsItAble() {
        joinAt5();
        wants.failures = 2;
        machine.head(head(2, E2, 9));
        assertThat(wants.take()).containsExactly("reset SERVER");
        assertThat(machine.position()).isNull();
        machine.record(record(E2, 10));
        assertThat(wants.take()).as("the reset that is owed will cover it").isEmpty();
        machine.head(head(3, E2, 10));
        assertThat(wants.take()).containsExactly("reset SERVER");
        machine.head(head(4, E2, 11));
        assertThat(wants.take()).containsExactly("reset SERVER", "confirm 4");
        assertThat(machine.position()).isEqualTo(new Position(E2, 11));
        assertThat(machine.state()).isEqualTo(State.LIVE);
    }

    @Test
    void aReaderThatFailsToJoinIsAskedAgainAtTheNextHead() {
        machine.subscribed();
        wants.failures = 1;
        machine.head(head(1, E1, 5));
        assertThat(wants.take()).containsExactly("ask", "joined");
        machine.record(record(E1, 6));
        machine.head(head(2, E1, 6));
        assertThat(wants.take()).containsExactly("joined", "confirm 2");
    }

    @Test
    void aReaderThatFailsAtARecordAndAtItsResetEndsTheReplay() {
        joinAt5();
        machine.record(record(E1, 8));
        wants.take();
        wants.failsToApply = true;
        wants.failures = 1;
        page(6, 7);
        assertThat(wants.take()).containsExactly("replayed 6", "reset READER_FAILED");
        page(6, 7);
        assertThat(wants.take()).as("a page of the replay that ended").isEmpty();
        machine.head(head(2, E1, 8));
        assertThat(wants.take()).containsExactly("reset READER_FAILED", "confirm 2");
    }

    @Test
    void aReaderThatFailsToResetStillOwesItAfterADisconnect() {
        joinAt5();
        wants.failures = 1;
        machine.foreign();
        machine.disconnected();
        machine.subscribed();
        assertThat(wants.take()).containsExactly("reset FOREIGN", "ask");
        machine.head(head(2, E1, 5));
        assertThat(wants.take()).containsExactly("reset FOREIGN", "confirm 2");
    }
}
