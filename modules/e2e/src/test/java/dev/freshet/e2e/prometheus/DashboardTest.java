package dev.freshet.e2e.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks the dashboard without a Grafana: it is complete, and every metric has a panel. */
@Tag("pure")
class DashboardTest {
    /** Our own variables. Those of Grafana begin with two underscores. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([a-z]\\w*)");

    private final Dashboard dashboard = Dashboard.read();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "freshet_stale_window_seconds",
                "freshet_clock_error_seconds",
                "freshet_unconfirmed_seconds",
                "freshet_invalidations_total",
                "freshet_records_total",
                "freshet_evictions_total",
                "freshet_stale_hits_total",
                "freshet_gaps_total",
                "freshet_replayed_records_total",
                "freshet_resets_total",
                "freshet_store_refused_total",
                "freshet_members",
                "freshet_position_lag_records",
                "freshet_publisher_queue_invalidations",
                "freshet_publisher_refused_total",
                "freshet_append_seconds",
                "freshet_publisher_acknowledged_bytes",
                "freshet_source_up",
                "freshet_source_lag_seconds",
                "freshet_source_lag_bytes",
                "freshet_source_progress_age_seconds",
                "freshet_source_changes_total",
                "freshet_source_broadened_total",
                "freshet_source_gaps_total",
                "freshet_source_pending",
                "freshet_source_rejected_total",
                "freshet_tier_errors_total",
                "freshet_tier_evictions_pending",
                "freshet_tier_stores_total",
                "freshet_promise_kept",
                "freshet_client_queue_oldest_seconds",
                "freshet_client_queued_total",
                "cache_gets_total",
                "cache_size",
                "cache_evictions_total",
                "jvm_memory_used_bytes"
            })
    void every_metric_has_a_place(String metric) {
        assertThat(dashboard.queries())
                .anySatisfy(query -> assertThat(query.expression()).containsPattern("\\b" + metric + "(_bucket)?\\{"));
    }

    @Test
    void every_panel_says_what_it_shows_and_in_what_unit() {
        assertThat(dashboard.panels()).isNotEmpty().allSatisfy(panel -> {
            assertThat(panel.get("title").getAsString()).isNotBlank();
            assertThat(panel.get("description").getAsString()).isNotBlank();
            assertThat(panel.getAsJsonObject("fieldConfig")
                            .getAsJsonObject("defaults")
                            .get("unit")
                            .getAsString())
                    .isNotBlank();
        });
    }

    @Test
    void no_two_panels_share_an_id_or_a_place() {
        List<JsonObject> panels = Dashboard.objects(dashboard.json().getAsJsonArray("panels"));
        Set<Integer> ids = new HashSet<>();
        Set<String> cells = new HashSet<>();
        for (JsonObject panel : panels) {
            assertThat(ids.add(panel.get("id").getAsInt()))
                    .as("id of %s", panel.get("title"))
                    .isTrue();
            JsonObject place = panel.getAsJsonObject("gridPos");
            int right = place.get("x").getAsInt() + place.get("w").getAsInt();
            int bottom = place.get("y").getAsInt() + place.get("h").getAsInt();
            assertThat(right).isLessThanOrEqualTo(24);
            for (int x = place.get("x").getAsInt(); x < right; x++) {
                for (int y = place.get("y").getAsInt(); y < bottom; y++) {
                    assertThat(cells.add(x + "," + y))
                            .as("place of %s", panel.get("title"))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void every_variable_that_is_used_is_declared() {
        Set<String> declared = new HashSet<>();
        dashboard.variables().forEach(v -> declared.add(v.get("name").getAsString()));
        Set<String> used = new TreeSet<>();
        List<String> texts = new ArrayList<>();
        dashboard.panels().forEach(panel -> texts.add(panel.toString()));
        dashboard.variables().forEach(variable -> texts.add(variable.toString()));
        for (String text : texts) {
            Matcher matcher = VARIABLE.matcher(text);
            while (matcher.find()) {
                used.add(matcher.group(1));
            }
        }
        assertThat(used).isNotEmpty().isSubsetOf(declared);
    }
}
