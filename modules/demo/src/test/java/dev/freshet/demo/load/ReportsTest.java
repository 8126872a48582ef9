package dev.freshet.demo.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.demo.load.Member.Applied;
import dev.freshet.demo.load.Member.Counts;
import dev.freshet.demo.load.Member.How;
import org.junit.jupiter.api.Test;

/** What replicas and sidecars print, and what is understood of it. */
class ReportsTest {

    private static final String PAGE = """
            # HELP freshet_resp_commands_total Commands of clients, by who answered them and why
            # TYPE freshet_resp_commands_total counter
            freshet_resp_commands_total{answered="here",reason="hit"} 1.2E3
            freshet_resp_commands_total{answered="here",reason="refused"} 7.0
            freshet_resp_commands_total{answered="redis",reason="miss"} 90.0
            freshet_resp_tracking 1.0
            freshet_resp_tracking_losses_total 2.0
            """;

    @Test
    void ofASidecarItsHitsAndLossesCount() {
        assertThat(SidecarReport.counts(PAGE)).isEqualTo(new Counts(1_200, 2, 0, 0));
    }

    @Test
    void aSidecarIsConfirmedWhileItHearsTheChangesOfRedis() {
        assertThat(SidecarReport.state(PAGE)).isEqualTo("confirmed");
        assertThat(SidecarReport.state(PAGE.replace("tracking 1.0", "tracking 0.0")))
                .isEqualTo("bypassed");
        assertThat(SidecarReport.state("")).isEqualTo("bypassed");
    }

    @Test
    void aChangeIsALineOfTheApplication() {
        assertThat(ApplicationReport.change("0123456789abcdef-412 843 live"))
                .isEqualTo(new Applied("0123456789abcdef", 412, 843, How.LIVE));
    }
}
