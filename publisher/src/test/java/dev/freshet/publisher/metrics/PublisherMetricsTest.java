package dev.freshet.publisher.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.UnavailableException;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherHarness;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pins the names that dashboards rely on, and that clients cannot multiply labels. */
final class PublisherMetricsTest {

    private final FakePublisher publisher = new FakePublisher();
    private final PublisherHarness app;
    private PublisherListener metrics = PublisherListener.NONE;

    PublisherMetricsTest() {
        app = PublisherHarness.start(
                (config, listener) -> {
                    metrics = listener;
                    return publisher;
                },
                "regions",
                "users,orders",
                "metrics.maximum-regions",
                "3");
    }

    @AfterEach
    void stop() {
        app.close();
    }

    @Test
    void whatIsKnownBeforehandBeginsAtZero() {
        for (String region : List.of("users", "orders", "other")) {
            assertThat(app.metric("freshet_invalidations_total{region=\"" + region + "\",side=\"publisher\"}"))
                    .isZero();
            assertThat(app.metric("freshet_records_total{region=\"" + region + "\",side=\"publisher\"}"))
                    .isZero();
        }
        for (String reason : List.of(
                "redis-away",
                "redis-refused",
                "too-few-replicas",
                "queue-full",
                "too-many-regions",
                "closed",
                "invalid",
                "too-large")) {
            assertThat(app.metric("freshet_publisher_refused_total{reason=\"" + reason + "\"}"))
                    .isZero();
        }
        assertThat(app.metric("freshet_publisher_queue_invalidations")).isZero();
        assertThat(app.metric("freshet_append_seconds_count")).isZero();
        assertThat(app.metric("freshet_changed_in_future_total")).isZero();
        assertThat(app.management("/metrics").body())
                .contains(
                        "freshet_clock_error_seconds{side=\"publisher\"} NaN",
                        "jvm_memory_used_bytes",
                        "process_uptime_seconds");
    }

    @Test
    void whatTheBusReportsIsCounted() {
        metrics.appended("users", 2, 30, 1_500_000);
        metrics.duplicatesDropped("users", 4);
        metrics.refused(UnavailableException.Reason.QUEUE_FULL, 5);
        metrics.changedInFuture("users");
        metrics.handedBack("users");
        publisher.failListener();
        metrics.recordsUnproven("users", true);
        metrics.recordsUnproven("orders", true);
        metrics.recordsUnproven("first", false);
        publisher.setClockError(250);
        app.postJson("{}");

        assertThat(app.metric("freshet_invalidations_total{region=\"users\",side=\"publisher\"}"))
                .isEqualTo(30);
        assertThat(app.metric("freshet_records_total{region=\"users\",side=\"publisher\"}"))
                .isEqualTo(2);
        assertThat(app.metric("freshet_publisher_duplicates_total{region=\"users\"}"))
                .isEqualTo(4);
        assertThat(app.metric("freshet_publisher_refused_total{reason=\"queue-full\"}"))
                .isEqualTo(5);
        assertThat(app.metric("freshet_publisher_refused_total{reason=\"invalid\"}"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_changed_in_future_total")).isEqualTo(1);
        assertThat(app.metric("freshet_foreign_code_failures_total{code=\"listener\",side=\"publisher\"}"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_publisher_unproven_regions_total{outcome=\"invalidated\"}"))
                .isEqualTo(2);
        assertThat(app.metric("freshet_publisher_unproven_regions_total{outcome=\"forgotten\"}"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_publisher_handed_back_total")).isEqualTo(1);
        assertThat(app.metric("freshet_append_seconds_bucket{le=\"0.002\"}")).isEqualTo(1);
        assertThat(app.metric("freshet_append_seconds_bucket{le=\"0.001\"}")).isZero();
        assertThat(app.metric("freshet_clock_error_seconds{side=\"publisher\"}"))
                .isEqualTo(0.000_25);
        // An answer is counted once it is sent, and the client may be quicker.
        await().until(
                        () -> app.metric("freshet_http_requests_total{route=\"/v1/invalidations\",status=\"400\"}"),
                        count -> count == 1);
    }

    @Test
    void regionsBeyondTheLimitShareALabel() {
        metrics.appended("third", 1, 1, 1);
        metrics.appended("fourth", 1, 1, 1);
        metrics.appended("fifth", 1, 1, 1);

        assertThat(app.metric("freshet_records_total{region=\"third\",side=\"publisher\"}"))
                .isEqualTo(1);
        assertThat(app.metric("freshet_records_total{region=\"other\",side=\"publisher\"}"))
                .isEqualTo(2);
        assertThat(app.management("/metrics").body()).doesNotContain("fourth", "fifth");
    }
}
