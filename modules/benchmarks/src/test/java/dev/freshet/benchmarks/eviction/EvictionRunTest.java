package dev.freshet.benchmarks.eviction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks the basis of the table: reproducible traces, policies that do what their names say, full servers. */
class EvictionRunTest {

    @ParameterizedTest
    @EnumSource(TraceKind.class)
    void aTraceIsTheSameEachTimeAndNothingBeatsTheFuture(TraceKind kind) {
        Trace trace = kind.first(20_000);
        assertThat(kind.first(20_000).keys()).isEqualTo(trace.keys());
        assertThat(Arrays.stream(trace.keys()).distinct().count()).isBetween(500L, 19_000L);

        double best = LocalPolicy.OPTIMAL.hitRate(trace, 300);
        assertThat(best).isBetween(0.1, 0.999);
        assertThat(LocalPolicy.CAFFEINE.hitRate(trace, 300)).isLessThanOrEqualTo(best);
        assertThat(LocalPolicy.EXACT_LRU.hitRate(trace, 300)).isLessThanOrEqualTo(best);
    }

    @Test
    void thePoliciesDoWhatTheyAreCalled() {
        int[] loop = {1, 2, 3, 1, 2, 3, 1, 2, 3};
        assertThat(LocalPolicy.EXACT_LRU.hits(loop, 2)).containsOnly(false);
        assertThat(LocalPolicy.EXACT_LRU.hits(loop, 3))
                .containsExactly(false, false, false, true, true, true, true, true, true);
        // The optimal policy keeps two keys for good and never admits the third.
        assertThat(LocalPolicy.OPTIMAL.hits(loop, 2))
                .containsExactly(false, false, false, true, true, false, true, true, false);
    }

    @Test
    void eachRedisHoldsAsManyEntriesAsTheOthers() {
        EvictionResults results = new EvictionRun(500, 6_000, 100, line -> {})
                .run(
                        List.of(TraceKind.FREQUENCY),
                        List.of(new RedisPolicy("allkeys-lru", 5), new RedisPolicy("volatile-lfu", 10)));

        String trace = TraceKind.FREQUENCY.label();
        for (String policy : List.of("allkeys-lru, 5 samples", "volatile-lfu, 10 samples")) {
            assertThat(results.entries(trace, policy)).isCloseTo(500, within(50.0));
            assertThat(results.hitRate(trace, policy)).isBetween(0.05, results.hitRate(trace, "optimal (Belady)"));
        }
        assertThat(results.table())
                .contains("| `allkeys-lru`, 5 |", "| Caffeine (Freshet's local tier) |")
                .doesNotContain("NaN");
    }

    @Test
    void thePageShowsTheStoredHitRates() throws IOException {
        Path docs = Checkout.file("docs");

        assertThat(Files.readString(docs.resolve("EVICTION.md")))
                .contains(EvictionResults.read(docs.resolve("performance/eviction.json"))
                        .table());
    }
}
