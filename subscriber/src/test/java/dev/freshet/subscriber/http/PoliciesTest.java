package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Position;
import dev.freshet.subscriber.RawHttp.Answer;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The data port as a contract: what regions may be told to do beyond the plain promises. */
class PoliciesTest extends EntriesServerBench {

    private static final String SPREAD = "/v1/regions/spread/entries/";

    private FakeSubscription subscription(String region) {
        return Objects.requireNonNull(subscriptions.get(region));
    }

    private void confirm(String region) {
        subscription(region).confirmation().confirm(time.nanoTime(), time.wallMicros(), time.wallMicros());
    }

    // ---- Resets spread over a time

    @Test
    void aSpreadResetServesOldEntriesForAWhileAndSaysHowOldTheirClaimIs() {
        IntStream.range(0, 30).forEach(i -> fill("spread", "k" + i, "x"));
        clock.advance(Duration.ofSeconds(1));
        cache("spread").reset(ResetReason.EPOCH);
        confirm("spread");
        clock.advance(Duration.ofSeconds(4));
        int served = 0;
        for (int i = 0; i < 30; i++) {
            Answer answer = http.get(SPREAD + "k" + i);
            if (answer.status() == 200) {
                served++;
                assertThat(answer.header("Freshet-Confirmed-Age")).isEqualTo("5.000");
                assertThat(answer.header("Freshet-State")).isEqualTo("confirmed");
            } else {
                assertThat(answer.header("Freshet-Confirmed-Age")).isEqualTo("4.000");
                assertThat(answer.required("Lease")).isNotEmpty();
            }
        }
        assertThat(served).isBetween(1, 29);
        clock.advance(Duration.ofSeconds(5));
        for (int i = 0; i < 30; i++) {
            assertThat(http.get(SPREAD + "k" + i).status()).isEqualTo(404);
        }
    }

    @Test
    void aReaderWithAPositionIsGivenNothingFromBeforeTheReset() {
        fill("spread", "k", "x");
        subscription("spread").position = new Position(EPOCH, 7);
        cache("spread").reset(ResetReason.TRIMMED);
        assertThat(http.get(SPREAD + "k").status()).isEqualTo(200);
        String position = new Position(EPOCH, 7).toString();
        assertThat(http.get(SPREAD + "k", "Min-Position", position).status()).isEqualTo(404);
    }
}
