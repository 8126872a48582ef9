package dev.freshet.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Background;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What requests in flight may hold together: the reserve for small ones, and the share of each. */
final class RequestMemoryTest {

    private static final long KIBIBYTE = 1 << 10;
    private static final long MAXIMUM = 1024 * KIBIBYTE;
    private static final long SMALL = 16 * KIBIBYTE;

    private final RequestMemory memory = new RequestMemory(MAXIMUM, 64 * KIBIBYTE);

    /** Takes all that requests may take that are not small: seven eighths. */
    private void fillAllButTheReserve() {
        for (int i = 0; i < 7; i++) {
            assertThat(memory.open().tryTake(MAXIMUM / 8)).isTrue();
        }
        assertThat(memory.heldBytes()).isEqualTo(MAXIMUM / 8 * 7);
    }

    @Test
    void largeRequestsStopAtSevenEighthsAndSmallOnesGoOnToTheMaximum() {
        fillAllButTheReserve();

        assertThat(memory.open().tryTake(SMALL + 1)).isFalse();
        for (long left = MAXIMUM / 8; left > 0; left -= SMALL) {
            assertThat(memory.open().tryTake(SMALL)).as(left + " bytes left").isTrue();
        }
        assertThat(memory.open().tryTake(1)).isFalse();
        assertThat(memory.heldBytes()).isEqualTo(MAXIMUM);
    }

    @Test
    void aRequestIsSmallByAllThatItHoldsNotByWhatItTakesNext() {
        fillAllButTheReserve();
        RequestMemory.Share grows = memory.open();
        assertThat(grows.tryTake(SMALL)).isTrue();

        assertThat(grows.tryTake(1)).isFalse();
        assertThat(memory.heldBytes()).as("what it held, it keeps").isEqualTo(MAXIMUM / 8 * 7 + SMALL);
        grows.release(1);
        assertThat(grows.tryTake(1)).isTrue();
    }

    @Test
    void aRequestGetsAtMostAQuarter() {
        RequestMemory.Share share = memory.open();
        assertThat(share.tryTake(MAXIMUM / 4 + 1)).isFalse();
        assertThat(share.tryTake(MAXIMUM / 4)).isTrue();
        assertThat(share.tryTake(1)).isFalse();

        assertThat(memory.open().tryTake(MAXIMUM / 4))
                .as("another has a share of its own")
                .isTrue();
    }

    @Test
    void theLargestPartFitsIfNothingElseIsHeld() {
        RequestMemory small = new RequestMemory(MAXIMUM, MAXIMUM);
        RequestMemory.Share share = small.open();
        assertThat(share.tryTake(MAXIMUM)).isTrue();
        assertThat(small.open().tryTake(1)).isFalse();

        RequestMemory tooSmall = new RequestMemory(MAXIMUM, 2 * MAXIMUM);
        assertThat(tooSmall.open().tryTake(MAXIMUM + 1))
                .as("never more than all")
                .isFalse();
        assertThat(tooSmall.open().tryTake(MAXIMUM)).isTrue();
    }

    @Test
    void whatIsReleasedOthersGet() {
        RequestMemory.Share first = memory.open();
        assertThat(first.tryTake(MAXIMUM / 4)).isTrue();
        for (int i = 0; i < 5; i++) {
            assertThat(memory.open().tryTake(MAXIMUM / 8)).isTrue();
        }
        assertThat(memory.open().tryTake(MAXIMUM / 8)).isFalse();

        first.release(MAXIMUM / 8);
        assertThat(memory.open().tryTake(MAXIMUM / 8)).isTrue();
        first.close();
        assertThat(memory.open().tryTake(MAXIMUM / 8)).isTrue();
        first.close();
        first.release(1);
        assertThat(memory.heldBytes()).as("nothing is given back twice").isEqualTo(MAXIMUM / 8 * 7);
    }

    @Test
    void aRequestThatHasEndedGetsNothingForWhatStillArrives() {
        RequestMemory.Share ended = memory.open();
        ended.close();

        assertThat(ended.tryTake(1)).isFalse();
        assertThat(memory.heldBytes()).isZero();
    }

    @Test
    void aLargeRequestThatIsRefusedRefusesNoSmallOneAtTheSameTime() throws Exception {
        fillAllButTheReserve();
        AtomicBoolean stopped = new AtomicBoolean();
        CompletableFuture<Void> small = Background.run(() -> {
            RequestMemory.Share admitted = memory.open();
            while (!stopped.get()) {
                assertThat(admitted.tryTake(1)).isTrue();
                admitted.release(1);
            }
        });
        RequestMemory.Share large = memory.open();
        for (int refusals = 0; refusals < 2_000_000 && !small.isDone(); refusals++) {
            assertThat(large.tryTake(MAXIMUM / 4)).isFalse();
        }
        stopped.set(true);
        small.get(60, TimeUnit.SECONDS);
    }
}
