package dev.freshet.micrometer;

import static dev.freshet.fixtures.TestClients.patient;
import static dev.freshet.micrometer.Clients.ready;
import static dev.freshet.micrometer.Clients.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.testkit.RedisExtension;
import io.micrometer.core.instrument.AbstractTimer;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry fails; the client publishes, follows and evicts all the same. */
class ThrowingRegistryTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** Fails to register the counters whose names begin like this, and to remove any meter. */
    private static final class Broken extends SimpleMeterRegistry {
        private final String prefix;

        Broken(String prefix) {
            this.prefix = prefix;
        }

        @Override
        protected <T> FunctionCounter newFunctionCounter(Meter.Id id, T source, ToDoubleFunction<T> count) {
            if (id.getName().startsWith(prefix)) {
                throw new AssertionError("on purpose");
            }
            return super.newFunctionCounter(id, source, count);
        }

        @Override
        public Meter remove(Meter meter) {
            super.remove(meter);
            throw new IllegalStateException("on purpose");
        }
    }

    /** Its timers fail with each time that they are to record. */
    private static final class Unrecording extends SimpleMeterRegistry {
        @Override
        protected Timer newTimer(Meter.Id id, DistributionStatisticConfig histogram, PauseDetector pauses) {
            return new AbstractTimer(id, Clock.SYSTEM, histogram, pauses, TimeUnit.SECONDS, false) {
                @Override
                protected void recordNonNegative(long amount, TimeUnit unit) {
                    throw new IllegalStateException("on purpose");
                }

                @Override
                public long count() {
                    return 0;
                }

                @Override
                public double totalTime(TimeUnit unit) {
                    return 0;
                }

                @Override
                public double max(TimeUnit unit) {
                    return 0;
                }
            };
        }
    }

    private static void assertItWorks(Freshet freshet) {
        Region<String> users = ready(freshet, "users");
        for (int i = 0; i < 3; i++) {
            String value = "Ada " + i;
            assertThat(users.get("user:1", (key, load) -> value)).isEqualTo(value);
            assertThat(users.invalidate("user:1"))
                    .isInstanceOfSatisfying(Published.Logged.class, logged -> assertThat(logged.appliedHere())
                            .isTrue());
        }
    }

    /** The prefixes fail with the publisher, with the subscriber, with a region, with its cache, with the queue, and with all. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "freshet.publisher.refused",
                "freshet.heartbeat.failures",
                "freshet.gaps",
                "cache.gets",
                "freshet.client",
                "freshet"
            })
    void whatCannotBeRegisteredIsMissingAndNothingElse(String prefix) {
        Broken registry = new Broken(prefix);
        Freshet freshet = Freshet.connect(patient(REDIS.uri()).withObserver(FreshetMetrics.of(registry)));
        try (freshet) {
            assertItWorks(freshet);
            assertThat(freshet.stats().observerFailures()).isPositive();
        }
        assertThat(registry.getMeters()).isEmpty();
        assertThat(freshet.stats().observerFailures()).isGreaterThan(1);
        // The registry is free again.
        Freshet.connect(patient(REDIS.uri()).withObserver(FreshetMetrics.of(registry)))
                .close();
    }

    @Test
    void whatCannotBeRecordedIsCountedAsAFailureOfAListener() {
        Unrecording registry = new Unrecording();
        try (Freshet freshet = Freshet.connect(patient(REDIS.uri()).withObserver(FreshetMetrics.of(registry)))) {
            assertItWorks(freshet);
            Function<String, Double> failures =
                    side -> value(registry, "freshet.foreign.code.failures", "code", "listener", "side", side);
            await().until(() -> failures.apply("publisher") >= 3 && failures.apply("subscriber") >= 3);
            assertThat(value(registry, "freshet.records", "region", "users", "side", "subscriber"))
                    .isEqualTo(3);
        }
    }
}
