package dev.freshet.e2e.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that the alerts are well-formed, fire only when they should, and say what to do. */
@Tag("pure")
class AlertsTest {

    static Stream<Alerts.Alert> alerts() {
        return Alerts.all().stream();
    }

    @Test
    void the_operators_file_says_the_same_as_the_plain_one() {
        assertThat(Alerts.operatorGroups()).isEqualTo(Alerts.plainGroups());
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void every_alert_leads_to_its_section_of_the_runbook(Alerts.Alert alert) throws IOException {
        String severity = alert.labels().get("severity").getAsString();
        assertThat(alert.annotations().get("runbook_url").getAsString()).isEqualTo(Alerts.RUNBOOK + anchor(alert));
        assertThat(severity).isIn("warning", "critical");
        assertThat(Files.readString(Checkout.file("k8s/RUNBOOK.md")))
                .containsPattern("(?m)^## " + alert.name() + "$")
                .contains("| [" + alert.name() + "](" + anchor(alert) + ") | " + severity + " |");
    }

    @ParameterizedTest
    @MethodSource("alerts")
    void every_alert_has_a_story_in_which_it_fires(Alerts.Alert alert) throws IOException {
        assertThat(Files.readString(Checkout.file("k8s/alerts/rules_test.yaml")))
                .containsPattern("(?m)^ *runbook_url: " + Alerts.RUNBOOK + anchor(alert) + "$");
    }

    private static String anchor(Alerts.Alert alert) {
        return "#" + alert.name().toLowerCase(Locale.ROOT);
    }

    @Test
    void the_runbook_is_in_the_repository_that_the_poms_name() throws IOException {
        String pom = Files.readString(Checkout.file("pom.xml"));

        assertThat(pom)
                .contains(
                        "<freshet.repository>" + Alerts.RUNBOOK.replaceFirst("/blob/.*", "") + "</freshet.repository>");
        assertThat(Alerts.operatorAnnotations().get("freshet.dev/runbook").getAsString())
                .isEqualTo(Alerts.RUNBOOK);
    }

    @Test
    void the_rules_are_well_formed() {
        HostTool promtool = HostTool.require("promtool");
        promtool.run(Checkout.file("k8s/alerts"), "check", "rules", "rules.yaml")
                .expectSuccess();
    }

    @Test
    void the_alerts_fire_in_their_stories_and_only_there() {
        HostTool promtool = HostTool.require("promtool");
        promtool.run(Checkout.file("k8s/alerts"), "test", "rules", "rules_test.yaml")
                .expectSuccess();
    }

    @Test
    void a_changed_threshold_fails_the_stories(@TempDir Path folder) throws IOException {
        HostTool promtool = HostTool.require("promtool");
        String rules = Files.readString(Checkout.file("k8s/alerts/rules.yaml"));
        String blunted = rules.replace("(freshet_unconfirmed_seconds) > 10", "(freshet_unconfirmed_seconds) > 1000");
        assertThat(blunted).isNotEqualTo(rules);
        Files.writeString(folder.resolve("rules.yaml"), blunted);
        Files.copy(Checkout.file("k8s/alerts/rules_test.yaml"), folder.resolve("rules_test.yaml"));

        assertThat(promtool.run(folder, "test", "rules", "rules_test.yaml").exit())
                .isNotZero();
    }
}
