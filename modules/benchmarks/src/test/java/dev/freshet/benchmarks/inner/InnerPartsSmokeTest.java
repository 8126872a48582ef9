package dev.freshet.benchmarks.inner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.benchmarks.report.Report;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks that the benchmarks measure what they say. Asserts no time. */
@Tag("ci")
class InnerPartsSmokeTest {

    @Test
    void everyBenchmarkRunsAndFindsWhatItMeasures() {
        Report report = new InnerParts(1, true, line -> {}).run();

        assertThat(report.figure(InnerParts.HIT, "Freshet")).isPresent();
        assertThat(report.figure(InnerParts.HIT, "Caffeine")).isPresent();
        for (String call : List.of(InnerParts.CLIENT_GET, InnerParts.CLIENT_GET_ALL, InnerParts.CLIENT_INVALIDATE)) {
            assertThat(report.figure(call, "Freshet")).as(call).isPresent();
            assertThat(report.figure(call, InnerParts.OTHER)).as(call).isPresent();
        }
        for (String keys : List.of(InnerParts.CACHEABLE_STRING, InnerParts.CACHEABLE_LONG)) {
            assertThat(report.figure(keys, "Freshet")).as(keys).isPresent();
            assertThat(report.figure(keys, InnerParts.SPRING)).as(keys).isPresent();
        }
        assertThat(report.figure("A broad invalidation: 1,000 entries", "prefix"))
                .isPresent();
        assertThat(report.of("A change: time")).hasSize(5);
        assertThat(report.of("A change: allocated")).hasSize(5);
    }
}
