package dev.freshet.publisher.console;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;

/** Counts who watches the console, and what it refuses. Safe to use from any thread. */
final class ConsoleMeters {

    private final MeterRegistry registry;
    private final Counter slow;
    private final Counter tooMany;
    private final Counter failures;
    private final Counter busy;

    ConsoleMeters(MeterRegistry registry) {
        this.registry = registry;
        this.slow = dropped("slow");
        this.tooMany = dropped("too-many");
        this.busy = dropped("busy");
        this.failures = Counter.builder("freshet.console.failures")
                .description("Looks at Redis for the console that failed")
                .register(registry);
    }

    private Counter dropped(String reason) {
        return Counter.builder("freshet.console.refused")
                .description(
                        "What the console ended or refused: slow viewers, viewers beyond the bound, questions beyond"
                                + " the bound")
                .tag("reason", reason)
                .register(registry);
    }

    void watch(IntSupplier viewers) {
        Gauge.builder("freshet.console.viewers", viewers, IntSupplier::getAsInt)
                .description("Browsers that watch the console")
                .strongReference(true) // nobody else holds the supplier
                .register(registry);
    }

    void slow() {
        slow.increment();
    }

    void tooMany() {
        tooMany.increment();
    }

    void busy() {
        busy.increment();
    }

    void failed() {
        failures.increment();
    }
}
