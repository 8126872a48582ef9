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
 * Whether the recorded stale window is true, between real processes of which one may have a wall clock that is 5 s off.
 *
 * <p>The independent measurement is an {@link EntryObserver}: it knows nothing of the bus, has one monotonic clock, and asks
 * for the entry until it is gone. The eviction lies between the start of the last request that was answered with the entry
 * and the end of the first that was not. The change lies at the moment that was claimed, or, where none was claimed, at the
 * acceptance, which lies between the start of the request and its first sign of life. So each window has a lower and an
 * upper bound, and the sum of all recorded totals must lie between the sums of these bounds, give or take the clock errors
 * that the processes themselves state.
 *
 * <p>Two kinds of change are measured: most run freely, and some meet a Redis that stands still for a moment. Those have a
 * lower bound that is far from 0 also where only the acceptance is known, so that a window that came out as nothing, because
 * an end of it was taken from a clock that runs ahead, would be noticed as well as one that came out 5 s too long.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("ci")
class StaleWindowWithAWrongClockIT {
    private static final String REGION = "users";
    private static final int FREE_CHANGES = 100;
    private static final int HELD_CHANGES = 3;
    private static final Duration HOLD = Duration.ofMillis(200);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    private static final Duration OFF = Duration.ofSeconds(5);

    /** Both ends of the line estimate the Redis clock afresh in each case, so the server may stay. */
    private final RedisServer redis = RedisServer.started();

    private Path folder = Path.of("");

    /** Whose wall clock is wrong, and what the caller says about the time of its change. */
    enum Case {
        ALL_CLOCKS_RIGHT(Duration.ZERO, Duration.ZERO, true),
        SUBSCRIBER_AHEAD(Duration.ZERO, OFF, true),
        /** The time of a change is taken to be on the clock of the publisher's host: the caller there reads the same. */
        PUBLISHER_AHEAD_AND_ITS_CALLER_TOO(OFF, Duration.ZERO, true),
        /**
         * A caller with a right clock would, to a publisher whose clock is ahead, claim a change 5 s before it happened, and
         * the window would be recorded as 5 s too long, by design. It says nothing: then it is measured from the acceptance.
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
        String regions = "regions: {%s: {maximum-entries: 10000}}\n".formatted(REGION);
        try (ServiceProcess publisher = start("publisher", wrong, "{}", wrong.publisherOff);
                ServiceProcess subscriber = start("subscriber", wrong, regions, wrong.subscriberOff)) {
            awaitClock(publisher);
            awaitClock(subscriber);
            EntryObserver observer = new EntryObserver(publisher, subscriber, REGION);
            double errorSeconds = 0;
            for (int i = 0; i < FREE_CHANGES; i++) {
                observer.changeAndWatch("free:" + i, claim(wrong));
                if (i % 20 == 0) {
                    errorSeconds = Math.max(errorSeconds, clockError(subscriber));
                }
            }
            for (int i = 0; i < HELD_CHANGES; i++) {
                observer.changeAndWatchWhileHeld("held:" + i, claim(wrong), redis, HOLD);
                errorSeconds = Math.max(errorSeconds, clockError(subscriber));
            }

            int changes = FREE_CHANGES + HELD_CHANGES;
            MetricsPage recorded = await().atMost(LONGEST_WAIT)
                    .until(
                            subscriber::metricsPage,
                            page -> page.sum("freshet_stale_window_seconds_count", total()) >= changes);
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

    /** Starts a process, and makes sure that its wall clock is as wrong as it should be. */
    private ServiceProcess start(String application, Case wrong, String yaml, Duration off) {
        Instant before = Instant.now();
        ServiceProcess process =
                ServiceProcess.start(application, folder, application + wrong, yaml, redis.uri(), WallClock.offBy(off));
        try {
            double startedSeconds = process.metricsPage().sum("process_start_time_seconds");
            // Started between these two moments, by its own clock; a second for how coarsely the system says it.
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

    private static void awaitClock(ServiceProcess process) {
        await("the Redis clock is known")
                .atMost(LONGEST_WAIT)
                .until(() -> Double.isFinite(process.metricsPage().sum("freshet_clock_error_seconds")));
    }

    /** The error of both ends, as the subscriber knows it: its own, and what the last record said of its writer's. */
    private static double clockError(ServiceProcess subscriber) {
        MetricsPage page = subscriber.metricsPage();
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
