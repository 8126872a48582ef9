package dev.freshet.demo.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.demo.load.Member.Applied;
import dev.freshet.demo.load.Member.How;
import java.util.List;
import org.junit.jupiter.api.Test;

class GapTest {

    private static Applied change(long sequence, How how) {
        return new Applied("a", sequence, 900, how);
    }

    @Test
    void whatLiesBetweenTheLastLiveChangeAndTheNextWasMissed() {
        assertThat(Gap.in(List.of(
                        change(7, How.LIVE),
                        change(8, How.REPLAYED),
                        change(9, How.REPLAYED),
                        change(10, How.LIVE),
                        change(11, How.LIVE))))
                .isEqualTo(new Gap(2, 2));
    }

    @Test
    void whatIsMissingFromTheReplayShows() {
        assertThat(Gap.in(List.of(change(7, How.LIVE), change(9, How.REPLAYED), change(10, How.LIVE))))
                .isEqualTo(new Gap(2, 1));
    }

    @Test
    void aGapEndsWithTheFirstLiveChangeBehindIt() {
        assertThat(Gap.in(List.of())).isNull();
        assertThat(Gap.in(List.of(change(7, How.LIVE), change(8, How.LIVE)))).isNull();
        assertThat(Gap.in(List.of(change(7, How.LIVE), change(8, How.REPLAYED))))
                .isNull();
    }
}
