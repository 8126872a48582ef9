package dev.freshet.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.patience.Patient;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.subscriber.RawHttp.Answer;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that the recorded stale window is true. A reader that does not use the bus requests each entry until it is gone. The
 * eviction lies between the start of its last hit and the end of its first miss. The sum of the recorded times must lie between
 * the sums of these bounds, within the clock errors that the processes state.
 */
class StaleWindowTruthTest {

    private static final int CHANGES = 100;

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private double earliestSeconds;
    private double latestSeconds;

    @ParameterizedTest(name = "subscriber''s wall clock {0} ms off")
    @ValueSource(longs = {0, 5_000, -5_000})
    void whatIsRecordedIsWhatAReaderSees(long offMillis) {
        Configuration configuration = Configuration.of(
                "redis.uri", redis.uri(),
                "http.port", "0",
                "management.host", "127.0.0.1",
                "management.port", "0",
                "heartbeat", "250ms",
                "regions.users.maximum-entries", "1000");
        TimeSource clock = offBy(Duration.ofMillis(offMillis));
        try (Publisher publisher = Publisher.connect(Patient.publisher(redis.uri()));
                Service service = Service.start(new SubscriberApplication(clock), configuration)) {
            await().until(() -> publisher.isConnected() && service.isReady());
            await().until(() -> publisher.time().errorMicros().isPresent());
            RawHttp http = new RawHttp(service.port());
            RawHttp management = new RawHttp(service.managementPort());
            double errorSeconds = 0;
            double errorBefore = 0;
            for (int i = 1; i <= CHANGES; i++) {
                changeAndWatch(publisher, http, "user:" + i);
                awaitRecorded(management, i);
                // What a process states of its clock changes with each sample.
                double errorNow = series(management, "freshet_clock_error_seconds{side=\"subscriber\"}")
                        + series(management, "freshet_publisher_clock_error_seconds{region=\"users\"}");
                errorSeconds += Math.max(errorBefore, errorNow);
                errorBefore = errorNow;
            }

            double recordedSeconds = metric(management, "freshet_stale_window_seconds_sum", "total");
            assertThat(recordedSeconds).isBetween(earliestSeconds - errorSeconds, latestSeconds + errorSeconds);
            assertThat(errorSeconds)
                    .as("the stated error is small enough to be useful")
                    .isLessThan(CHANGES * 1.0);

            double stagesSeconds = metric(management, "freshet_stale_window_seconds_sum", "source")
                    + metric(management, "freshet_stale_window_seconds_sum", "append")
                    + metric(management, "freshet_stale_window_seconds_sum", "delivery")
                    + metric(management, "freshet_stale_window_seconds_sum", "evict");
            assertThat(stagesSeconds)
                    .as("negative stages became 0, so the parts may exceed the whole, but never fall short of it")
                    .isGreaterThan(recordedSeconds - 0.000_001 * CHANGES);
        }
    }

    private static void awaitRecorded(RawHttp management, int windows) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> metric(management, "freshet_stale_window_seconds_count", "total") == windows);
    }

    private void changeAndWatch(Publisher publisher, RawHttp http, String key) {
        String path = "/v1/regions/users/entries/" + key;
        String lease = http.get(path).required("Lease");
        assertThat(http.put(path, "v", "Lease", lease).status()).isEqualTo(204);

        Instant changedAt = Instant.now().truncatedTo(ChronoUnit.MICROS);
        var published = publisher.publish(
                "users", Change.builder().keys(key).changedAt(changedAt).build());
        Instant present = changedAt;
        while (true) {
            Instant asked = Instant.now();
            Answer answer = http.get(path);
            if (answer.status() == 404) {
                break;
            }
            present = asked;
        }
        latestSeconds += seconds(changedAt, Instant.now());
        earliestSeconds += seconds(changedAt, present);
        published.join();
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toNanos() / 1e9;
    }

    private static double metric(RawHttp management, String name, String stage) {
        return series(management, name + "{region=\"users\",stage=\"" + stage + "\"}");
    }

    private static double series(RawHttp management, String series) {
        return management
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series));
    }

    private static TimeSource offBy(Duration off) {
        return new TimeSource() {
            @Override
            public long nanoTime() {
                return TimeSource.SYSTEM.nanoTime();
            }

            @Override
            public long wallMicros() {
                return TimeSource.SYSTEM.wallMicros() + off.toNanos() / 1_000;
            }
        };
    }
}
