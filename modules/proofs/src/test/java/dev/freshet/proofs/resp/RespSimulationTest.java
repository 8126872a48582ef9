package dev.freshet.proofs.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many seeds, with the promises of the RESP port checked at every read. More: {@code -Dfreshet.simulation.seeds=10000}. One: {@code
 * -Dfreshet.simulation.seed=42}.
 */
@Tag("pure")
class RespSimulationTest {

    @Test
    void thePromisesHoldInEveryHistory() {
        Long only = Long.getLong("freshet.simulation.seed");
        int seeds = only == null ? Integer.getInteger("freshet.simulation.seeds", 500) : 1;
        RespSimulation simulation = new RespSimulation();

        long broken = simulation.firstBreach(only == null ? 0 : only, seeds);

        if (broken >= 0) {
            fail(simulation.report(broken));
        }
        System.out.println("Simulated " + seeds + " histories of " + RespHistory.STEPS + " steps: "
                + simulation.answers() + " answers and " + simulation.hits()
                + " reads of copies checked, no promise broken.");
        assertThat(simulation.hits()).isGreaterThan(seeds);
    }
}
