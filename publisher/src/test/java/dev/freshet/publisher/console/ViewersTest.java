package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How often the fleet is looked at. */
@Tag("pure")
final class ViewersTest {

    private static long restMillis(long tookMillis) {
        return TimeUnit.NANOSECONDS.toMillis(Viewers.restNanos(TimeUnit.MILLISECONDS.toNanos(tookMillis)));
    }

    @Test
    void looksBeginTwiceASecondUntilTheyTakeAQuarterOfTheTime() {
        assertThat(restMillis(0)).isEqualTo(500);
        assertThat(restMillis(100)).isEqualTo(400);
        assertThat(restMillis(200)).isEqualTo(600);
    }

    @Test
    void aLookThatWasHeldUpPostponesTheNextByNoMoreThanTwoSeconds() {
        assertThat(restMillis(20_000)).isEqualTo(2_000);
        assertThat(restMillis(3_600_000)).isEqualTo(2_000);
    }
}
