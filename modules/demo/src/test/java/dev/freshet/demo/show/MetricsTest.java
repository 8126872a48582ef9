package dev.freshet.demo.show;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static String scrape(int fast, int slow, int resets, double unconfirmedSeconds) {
        return """
                # HELP freshet_stale_window_seconds From a change to its eviction
                # TYPE freshet_stale_window_seconds histogram
                freshet_stale_window_seconds_bucket{region="users",stage="delivery",le="0.001"} 99
                freshet_stale_window_seconds_bucket{region="users",stage="total",le="5.0E-4"} 0
                freshet_stale_window_seconds_bucket{region="users",stage="total",le="0.001"} %d
                freshet_stale_window_seconds_bucket{region="users",stage="total",le="0.5"} %d
                freshet_stale_window_seconds_bucket{region="users",stage="total",le="+Inf"} %d
                freshet_resets_total{reason="epoch",region="users"} %d
                freshet_resets_total{reason="server",region="users"} 0.0
                freshet_resets_total{reason="server",region="products"} 50.0
                freshet_gaps_total{region="users"} 2.0 1700000000000
                freshet_unconfirmed_seconds{region="users"} %s
                odd{text="a \\"b\\" \\\\ c, d}"} NaN
                up 1
                garbage
                """.formatted(fast, fast + slow, fast + slow, resets, unconfirmedSeconds);
    }

    @Test
    void samplesAreReadWithTheirLabels() {
        PrometheusText text = PrometheusText.parse(scrape(90, 10, 3, 0.2));

        assertThat(text.sum("freshet_resets_total", "region", "users")).isEqualTo(3);
        assertThat(text.sum("freshet_gaps_total", "region", "users")).isEqualTo(2);
        assertThat(text.samples())
                .filteredOn(sample -> sample.name().equals("odd"))
                .singleElement()
                .satisfies(sample -> {
                    assertThat(sample.labels()).containsEntry("text", "a \"b\" \\ c, d}");
                    assertThat(sample.value()).isNaN();
                });
        assertThat(text.samples())
                .filteredOn(sample -> sample.name().equals("up"))
                .hasSize(1);
    }

    @Test
    void quantilesAreTheBoundsOfBuckets() {
        StaleWindow window = StaleWindow.of(PrometheusText.parse(scrape(99, 1, 0, 0)), "users");

        assertThat(window.count()).isEqualTo(100);
        assertThat(window.quantileSeconds(0.5)).isEqualTo(0.001);
        assertThat(window.quantileSeconds(0.99)).isEqualTo(0.001);
        assertThat(window.quantileSeconds(1)).isEqualTo(0.5);
        assertThat(StaleWindow.NONE.quantileSeconds(0.5)).isNaN();
    }

    @Test
    void countsGoOnOverTheLivesOfAProcess() {
        SubscriberView view = new SubscriberView("users", Duration.ofSeconds(2));
        view.scraped(PrometheusText.parse(scrape(10, 0, 1, 0.1)), 1);
        view.scraped(PrometheusText.parse(scrape(20, 1, 2, 0.1)), 1);
        view.silent();
        assertThat(view.state()).isEqualTo("away");
        view.scraped(PrometheusText.parse(scrape(5, 0, 0, 9.5)), 2);

        assertThat(view.counts().staleWindow().count()).isEqualTo(26);
        assertThat(view.counts().resets()).isEqualTo(2);
        assertThat(view.counts().staleWindow().quantileSeconds(1)).isEqualTo(0.5);
        assertThat(view.state()).isEqualTo("bypassed");
    }
}
