package dev.freshet.demo.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.demo.check.StalenessChecker.Read;
import dev.freshet.demo.check.StalenessChecker.Verdict;
import dev.freshet.demo.check.StalenessChecker.Write;
import dev.freshet.schema.Position;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests the definition of staleness, case by case. Times are in milliseconds since some moment. */
class StalenessCheckerTest {

    private static final long EPOCH = 0xAA;
    private static final long LATER_EPOCH = 0x11;

    private final StalenessChecker checker = new StalenessChecker(Duration.ofSeconds(2));

    private static Write write(long epoch, long sequence, long atMillis) {
        return new Write(
                new Position(epoch, sequence), Duration.ofMillis(atMillis).toNanos());
    }

    private Verdict hit(long version, long ageMillis, @Nullable Write applied, long atMillis) {
        return read(version, true, ageMillis, applied, atMillis);
    }

    private Verdict read(long version, boolean hit, long ageMillis, @Nullable Write applied, long atMillis) {
        return checker.judge(new Read(
                1,
                version,
                hit,
                Duration.ofMillis(ageMillis).toNanos(),
                applied,
                Duration.ofMillis(atMillis).toNanos()));
    }

    @Test
    void aUserThatNobodyWroteIsFresh() {
        assertThat(hit(1, 0, null, 100)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void theNewestVersionIsFreshAndSoIsOneThatWasNotAcknowledgedYet() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(2, 0, null, 200)).isEqualTo(Verdict.FRESH);
        assertThat(hit(3, 0, null, 200)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void aReadThatBeganBeforeTheAcknowledgementIsFresh() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(1, 0, null, 100)).isEqualTo(Verdict.FRESH);
    }

    @Test
    void youngerThanTheClaimIsInsideTheWindow() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(1, 400, null, 300)).isEqualTo(Verdict.STALE_INSIDE_WINDOW);
        assertThat(checker.staleInsideWindow()).isEqualTo(1);
        assertThat(checker.oldestInsideWindow()).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void asOldAsTheClaimIsOutsideTheWindow() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(1, 200, null, 300)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
        assertThat(checker.staleOutsideWindow()).isEqualTo(1);
    }

    @Test
    void noClaimExcusesMoreThanTheBound() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(1, 60_000, null, 2_099)).isEqualTo(Verdict.STALE_INSIDE_WINDOW);
        assertThat(hit(1, 60_000, null, 2_100)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void aHitWithoutAClaimHasNoExcuse() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(hit(1, 0, null, 101)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void theDatabaseHasNoExcuse() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));

        assertThat(read(1, false, 60_000, null, 101)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void whoWasKnownToHaveAppliedItHasNoExcuse() {
        Write mine = write(EPOCH, 5, 100);
        checker.wrote(1, 2, mine);

        assertThat(hit(1, 400, write(EPOCH, 4, 101), 150)).isEqualTo(Verdict.STALE_INSIDE_WINDOW);
        assertThat(hit(1, 400, mine, 150)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
        assertThat(hit(1, 400, write(EPOCH, 6, 102), 150)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void ofTwoEpochsTheOneAcknowledgedLaterCoversTheOther() {
        checker.wrote(1, 2, write(EPOCH, 500, 100));

        assertThat(hit(1, 400, write(LATER_EPOCH, 1, 90), 150)).isEqualTo(Verdict.STALE_INSIDE_WINDOW);
        assertThat(hit(1, 400, write(LATER_EPOCH, 1, 110), 150)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void theOldestMissedWriteDecides() {
        checker.wrote(1, 2, write(EPOCH, 1, 100));
        checker.wrote(1, 3, write(EPOCH, 2, 290));

        assertThat(hit(2, 150, null, 300)).isEqualTo(Verdict.STALE_INSIDE_WINDOW);
        assertThat(hit(1, 150, null, 300)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void aVersionWhoseOwnWriteFailedIsJudgedByTheNextOne() {
        // Version 2 was committed, but not acknowledged.
        checker.wrote(1, 3, write(EPOCH, 1, 100));

        assertThat(hit(2, 0, null, 300)).isEqualTo(Verdict.STALE_OUTSIDE_WINDOW);
    }

    @Test
    void theClaimIsReadInSeconds() {
        assertThat(ConfirmedAge.parseNanos("0.250")).isEqualTo(250_000_000);
        assertThat(ConfirmedAge.parseNanos("never")).isZero();
        assertThat(ConfirmedAge.parseNanos(null)).isZero();
        assertThat(ConfirmedAge.parseNanos("-1")).isZero();
    }
}
