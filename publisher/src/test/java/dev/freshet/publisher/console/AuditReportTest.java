package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.audit.AuditFinding;
import dev.freshet.audit.AuditTally;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.console.Verdict.Level;
import dev.freshet.schema.Position;
import dev.freshet.service.config.Configuration;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the page says of an audit. A member that lies is red, whatever it says of itself. */
final class AuditReportTest {

    private static final Duration AFTER = Duration.ofSeconds(1);
    private static final Verdict GREEN = new Verdict(Level.GREEN, "3 of 3 replicas confirmed.", List.of());

    private final AuditTally tally = new AuditTally();
    private final AuditReport report = new AuditReport(tally, names());

    private static ShownNames names() {
        return new ShownNames(Objects.requireNonNull(Configuration.of("console.port", "1", "console.show-keys", "shown")
                .read(PublisherSettings::read)
                .console()));
    }

    private static AuditFinding finding(String region, boolean isAdmitted) {
        return new AuditFinding(
                AuditFinding.Kind.STALE,
                region,
                List.of("user:1"),
                new Position(1, 7),
                "writer",
                "0af7651916cd43dd8448eb211c80319c",
                "m1",
                "r1",
                null,
                AFTER,
                5,
                isAdmitted);
    }

    @Test
    void aPublisherThatDoesNotAuditSaysNothing() {
        AuditReport none = new AuditReport(null, names());
        assertThat(none.toJson()).isNull();
        assertThat(none.onto(GREEN)).isEqualTo(GREEN);
        assertThat(report.onto(GREEN)).as("nothing was checked yet").isEqualTo(GREEN);
    }

    @Test
    void whatWasCheckedStandsInTheSentence() {
        tally.checked("users", AFTER, 12_400);
        assertThat(report.onto(GREEN).sentence()).isEqualTo("3 of 3 replicas confirmed; 0 stale of 12,400 audited.");
        assertThat(report.onto(GREEN).level()).isEqualTo(Level.GREEN);
    }

    @Test
    void whatAMemberAdmitsIsItsOwnVerdictsBusinessAndALieIsRed() {
        tally.checked("users", AFTER, 10);
        tally.found(finding("users", true));
        assertThat(report.onto(GREEN).level()).isEqualTo(Level.GREEN);
        tally.found(finding("users", false));
        Verdict verdict = report.onto(GREEN);
        assertThat(verdict.level()).isEqualTo(Level.RED);
        assertThat(verdict.sentence()).endsWith("2 stale of 10 audited.");
        assertThat(verdict.advice().get(0)).contains("claimed to be confirmed");
    }

    @Test
    void theLatestFindingsComeFirstAndKeysAreHashedUnlessTheyMayBeShown() {
        tally.checked("users", AFTER, 2);
        tally.found(finding("users", false));
        tally.found(finding("shown", true));
        JsonObject json = Objects.requireNonNull(report.toJson());
        JsonObject shown = json.getJsonArray("findings").getJsonObject(0);
        JsonObject hidden = json.getJsonArray("findings").getJsonObject(1);
        assertThat(shown.getString("region")).isEqualTo("shown");
        assertThat(shown.getJsonArray("keys").getString(0)).isEqualTo("user:1");
        assertThat(hidden.getJsonArray("keys").getString(0)).startsWith("#");
        assertThat(hidden.getString("record")).isEqualTo(new Position(1, 7).toString());
        assertThat(json.getJsonArray("moments").getJsonObject(0).getLong("stale"))
                .isEqualTo(2);
        assertThat(json.encode().replace("user:1", "")).contains("\"after\":\"1s\"");
    }
}
