package dev.freshet.proofs.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many seeds, with the promises of {@link Promises} checked at every step. More: {@code
 * -Dfreshet.simulation.seeds=10000}. One: {@code -Dfreshet.simulation.seed=42}.
 */
@Tag("pure")
class SimulationTest {

    @Test
    void thePromisesHoldInEveryHistory() {
        Long only = Long.getLong("freshet.simulation.seed");
        int seeds = only == null ? Integer.getInteger("freshet.simulation.seeds", 500) : 1;
        Simulation simulation = new Simulation();

        long broken = simulation.firstBreach(only == null ? 0 : only, seeds);

        if (broken >= 0) {
            fail(simulation.report(broken));
        }
        System.out.println("Simulated " + seeds + " histories of " + History.STEPS + " steps: " + simulation.reads()
                + " reads checked, " + simulation.resets() + " resets, "
                + simulation.foundInRedis() + " values from Redis, no promise broken.");
        assertThat(simulation.reads()).isGreaterThan(seeds);
        if (seeds > 100) {
            assertThat(simulation.foundInRedis())
                    .as("or this shows nothing of tiers")
                    .isGreaterThan(seeds);
        }
    }

    @Test
    void whatIsPublishedBeforeThoseWhoReadCanSeeItBreaksAPromise() {
        assertThat(new Simulation().firstBreachPublishingAtCommit(200))
                .as("the first seed that misses that a source waits until its commits are visible")
                .isNotNegative();
    }
}
