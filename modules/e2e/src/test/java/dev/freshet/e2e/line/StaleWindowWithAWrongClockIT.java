package dev.freshet.e2e.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.tool.WallClock;
import dev.freshet.testkit.MetricsPage;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ServiceProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checks the recorded stale window between real processes, one of which may have a wall clock that is wrong by 5 s.
 *
 * <p>An {@link EntryObserver} measures independently: it knows nothing of the bus, has one monotonic clock, and reads the entry
 * until it is gone. The eviction lies between the start of the last request that got the entry and the end of the first that did
 * not. The change lies at the claimed moment. If none was claimed, it lies at the acceptance: between the start of the request and
 * the first sign that it was accepted. So each window has a lower and an upper bound. The sum of all recorded totals must lie
 * between the sums of these bounds, give or take the clock errors that the processes state.
 *
 * <p>Most changes run freely. Some meet a Redis that is frozen for a moment: their lower bound is far from 0, even if only the
 * acceptance is known. So the test notices a window that is recorded as 0 because one end is of a clock that is ahead, and also a
 * window that is recorded 5 s too long.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class StaleWindowWithAWrongClockIT {
    private static final String REGION = "users";
    private static final int FREE_CHANGES = 100;
    private static final int HELD_CHANGES = 3;
    private static final Duration HOLD = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);
    private static final Duration OFF = Duration.ofSeconds(5);

    /** One server for all cases: both applications are started for each, and estimate its clock anew. */
    private final RedisServer redis = RedisServer.started();

    private Path folder = Path.of("");

    /** Which wall clock is wrong, and which {@code changedAt} the caller sends. */
    enum Case {
        ALL_CLOCKS_RIGHT(Duration.ZERO, Duration.ZERO, true),
        SUBSCRIBER_AHEAD(Duration.ZERO, OFF, true),
        /** {@code changedAt} is on the clock of the publisher's host, so the caller reads the same clock. */
        PUBLISHER_AHEAD_AND_ITS_CALLER_TOO(OFF, Duration.ZERO, true),
        /**
         * No {@code changedAt}: the window is measured from the acceptance. To a publisher whose clock is ahead, a caller with a
         * correct clock would claim a change 5 s before it happened, and the window would be 5 s too long, by design.
         */
        PUBLISHER_AHEAD_AND_ITS_CALLER_SILENT(OFF, Duration.ZERO, false);

        private final Duration publisherOff;
        private final Duration subscriberOff;
        private final boolean timeClaimed;

        Case(Duration publisherOff, Duration subscriberOff, boolean timeClaimed) {
            this.publisherOff = publisherOff;
            this.subscriberOff = subscriberOff;
            this.timeClaimed = timeClaimed;
        }
    }

    @BeforeAll
    void keep_the_folder(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterAll
    void stop_redis() {
        redis.close();
    }

    @ParameterizedTest
    @EnumSource
    void the_recorded_total_is_what_a_reader_sees(Case wrong) {
        // A change that is appended once more, because the answer came late, would be counted twice.
        String redisSettings = "redis: {connect-timeout: 20s, command-timeout: 20s}\n";
        String regions = redisSettings + "regions: {%s: {maximum-entries: 10000}}\n".formatted(REGION);
        try (ServiceProcess publisher = start("publisher", wrong, redisSettings, wrong.publisherOff);
                ServiceProcess subscriber = start("subscriber", wrong, regions, wrong.subscriberOff)) {
            awaitClock(publisher);
            awaitClock(subscriber);
            EntryObserver observer = new EntryObserver(publisher, subscriber, REGION);
            double errorSeconds = 0;
            for (int i = 0; i < FREE_CHANGES; i++) {
                observer.changeAndWatch("free:" + i, claim(wrong));
                if (i % 20 == 0) {
                    errorSeconds = Math.max(errorSeconds, clockError(awaitRecorded(subscriber, i + 1)));
                }
            }
            for (int i = 0; i < HELD_CHANGES; i++) {
                observer.changeAndWatchWhileHeld("held:" + i, claim(wrong), redis, HOLD);
                errorSeconds = Math.max(errorSeconds, clockError(awaitRecorded(subscriber, FREE_CHANGES + i + 1)));
            }

            int changes = FREE_CHANGES + HELD_CHANGES;
            MetricsPage recorded = awaitRecorded(subscriber, changes);
            assertThat(recorded.sum("freshet_stale_window_seconds_count", total()))
                    .isEqualTo(changes);
            assertThat(recorded.sum("freshet_stale_window_seconds_sum", total()))
                    .isBetween(
                            observer.shortestSeconds() - changes * errorSeconds,
                            observer.longestSeconds() + changes * errorSeconds);
            assertThat(observer.shortestSeconds()).isGreaterThanOrEqualTo(HELD_CHANGES * HOLD.toMillis() / 1e3);
            assertThat(publisher.metricsPage().sum("freshet_changed_in_future_total"))
                    .as("no caller's claim was taken for one about the future")
                    .isZero();
        }
    }

    /** Starts a process, and checks that its wall clock is as wrong as the case says. */
    private ServiceProcess start(String application, Case wrong, String yaml, Duration off) {
        Instant before = Instant.now();
        ServiceProcess process =
                ServiceProcess.start(application, folder, application + wrong, yaml, redis.uri(), WallClock.offBy(off));
        try {
            double startedSeconds = process.metricsPage().sum("process_start_time_seconds");
            // By its own clock it started between these two moments, give or take a second: the system reports it
            // coarsely.
            assertThat(startedSeconds)
                    .isBetween(
                            seconds(before.plus(off).minusSeconds(1)),
                            seconds(Instant.now().plus(off).plusSeconds(1)));
            return process.awaitReady();
        } catch (AssertionError e) {
            process.close();
            throw e;
        }
    }

    private static EntryObserver.Claim claim(Case wrong) {
        return wrong.timeClaimed ? EntryObserver.Claim.at(wrong.publisherOff) : EntryObserver.Claim.NONE;
    }

    /** Waits until so many windows are recorded, which is a moment after the entry is gone, and returns the metrics. */
    private static MetricsPage awaitRecorded(ServiceProcess subscriber, int windows) {
        return await().atMost(LONGEST_WAIT)
                .until(
                        subscriber::metricsPage,
                        page -> page.sum("freshet_stale_window_seconds_count", total()) >= windows);
    }

    private static void awaitClock(ServiceProcess process) {
        await("the Redis clock is known")
                .atMost(LONGEST_WAIT)
                .until(() -> Double.isFinite(process.metricsPage().sum("freshet_clock_error_seconds")));
    }

    /** Returns the clock errors that the subscriber knows: its own, plus its publisher's from the last record. */
    private static double clockError(MetricsPage page) {
        return page.sum("freshet_clock_error_seconds")
                + page.sum("freshet_publisher_clock_error_seconds", "region=\"" + REGION + "\"");
    }

    private static String total() {
        return "stage=\"total\"";
    }

    private static double seconds(Instant moment) {
        return moment.toEpochMilli() / 1e3;
    }
}
