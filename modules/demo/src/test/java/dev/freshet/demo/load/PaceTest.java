package dev.freshet.demo.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {

    private final Pace pace = new Pace(1_500, 2_500);

    private void observe(int times, long medianStaleMicros, boolean isCongested) {
        for (int i = 0; i < times; i++) {
            pace.observe(medianStaleMicros, isCongested);
        }
    }

    @Test
    void aFastMachineGetsAllOfTheLoad() {
        observe(50, 900, false);
        assertThat(pace.shareOfReads()).isEqualTo(1);
        assertThat(pace.shareOfWrites()).isEqualTo(1);
    }

    @Test
    void aSlowMachineGetsFewReadsAndHalfOfTheWrites() {
        observe(50, 3_000, false);
        assertThat(pace.shareOfReads()).isEqualTo(0.05);
        assertThat(pace.shareOfWrites()).isEqualTo(0.5);
    }

    @Test
    void whoeverWaitsForManyAnswersAsksLess() {
        observe(50, 900, false);
        observe(1, 900, true);
        assertThat(pace.shareOfReads()).isLessThan(1);
    }

    @Test
    void aPaceThatIsRightIsKept() {
        double before = pace.shareOfReads();
        observe(10, 2_000, false);
        assertThat(pace.shareOfReads()).isEqualTo(before);
    }
}
