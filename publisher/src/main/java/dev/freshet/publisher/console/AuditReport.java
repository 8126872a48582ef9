package dev.freshet.publisher.console;

import dev.freshet.audit.AuditFinding;
import dev.freshet.audit.AuditTally;
import dev.freshet.schema.Position;
import dev.freshet.service.config.Units;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the publisher's auditor has found since the start, for the page. Safe to use from any thread. */
final class AuditReport {

    private static final int MAX_FINDINGS = 50;

    private final @Nullable AuditTally tally;
    private final ShownNames names;

    /** @param tally null: the publisher does not audit */
    AuditReport(@Nullable AuditTally tally, ShownNames names) {
        this.tally = tally;
        this.names = names;
    }

    /** Returns the verdict with what the audit adds: a claim that was a lie is worse than anything that a member says of itself. */
    Verdict onto(Verdict verdict) {
        AuditTally known = tally;
        if (known == null) {
            return verdict;
        }
        long checked = 0;
        long stale = 0;
        long lies = 0;
        for (AuditTally.Moment moment : known.moments().values()) {
            checked += moment.checked();
            stale += moment.stale();
            lies += moment.stale() - moment.admitted();
        }
        if (checked == 0) {
            return verdict;
        }
        String sentence = verdict.sentence().replaceFirst("\\.$", "")
                + String.format(Locale.ROOT, "; %,d stale of %,d audited.", stale, checked);
        if (lies == 0) {
            return new Verdict(verdict.level(), sentence, verdict.advice());
        }
        List<String> advice = new ArrayList<>(verdict.advice());
        advice.add(
                0,
                "A member claimed to be confirmed and held what was invalidated. Audit names it; restart it, and see"
                        + " FreshetAuditStale in the runbook.");
        return new Verdict(Verdict.Level.RED, sentence, advice);
    }

    /** Returns null if the publisher does not audit. */
    @Nullable
    JsonObject toJson() {
        AuditTally known = tally;
        if (known == null) {
            return null;
        }
        JsonArray moments = new JsonArray();
        known.moments()
                .forEach((after, counts) -> moments.add(new JsonObject()
                        .put("after", Units.format(after))
                        .put("checked", counts.checked())
                        .put("stale", counts.stale())
                        .put("admitted", counts.admitted())
                        .put("wrong", counts.wrong())
                        .put("unanswered", counts.unanswered())
                        .put("fresh", AuditTally.fresh(counts.checked(), counts.stale()))
                        .put("nines", AuditTally.nines(AuditTally.fresh(counts.checked(), counts.stale())))));
        List<AuditFinding> findings = known.findings();
        JsonArray latest = new JsonArray();
        for (int i = findings.size() - 1; i >= 0 && latest.size() < MAX_FINDINGS; i--) {
            latest.add(json(findings.get(i)));
        }
        return new JsonObject()
                .put("moments", moments)
                .put("skipped", known.skipped())
                .put("compared", known.compared())
                .put("notCompared", known.notCompared())
                .put("failures", known.failures())
                .put("lastFailure", known.lastFailure())
                .put("findings", latest);
    }

    private JsonObject json(AuditFinding finding) {
        Position record = finding.record();
        Position position = finding.memberPosition();
        return new JsonObject()
                .put("kind", finding.kind().name().toLowerCase(Locale.ROOT))
                .put("region", finding.region())
                .put("after", Units.format(finding.after()))
                .put("member", finding.memberName())
                .put("record", record == null ? null : record.toString())
                .put("origin", finding.origin())
                .put("traceId", finding.traceId())
                .put("position", position == null ? null : position.toString())
                .put("admitted", finding.admitted())
                .put("keys", new JsonArray(names.of(finding.region(), finding.keys())));
    }
}
