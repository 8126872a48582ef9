package dev.freshet.publisher.metrics;

import dev.freshet.audit.AuditFinding;
import dev.freshet.audit.AuditListener;
import dev.freshet.service.config.Units;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what the auditor finds, and logs some findings. Safe to use from any thread. */
public final class AuditMetrics implements AuditListener {

    private static final Logger log = LoggerFactory.getLogger(AuditMetrics.class);

    private static final String CHECKED = "Times that a member said what it holds from before a record";
    private static final String STALE = "Times that a member held something from before a record that names it";
    private static final String ADMITTED =
            "Of these, those in which the member did not claim to be confirmed since the record";
    private static final String WRONG = "Times that a value that a member holds still differed from the truth";
    private static final String UNANSWERED = "Times that a member did not say what it holds, in time or at all";
    private static final String SKIPPED = "Records that were not audited, because there were too many";
    private static final String COMPARED = "Values compared with the truth";
    private static final String NOT_COMPARED = "Values that could not be compared with the truth";
    private static final String FAILURES = "Times that the auditor could not ask Redis or a truth";
    private static final String OTHER = "other";

    /** At most so many findings are logged in so long. */
    private static final int LOGGED = 10;

    private static final long LOG_NANOS = Duration.ofMinutes(1).toNanos();

    private final MeterRegistry registry;
    private final List<Duration> after;
    private final int maximumRegions;
    private final Set<String> labelled = ConcurrentHashMap.newKeySet();
    private long logBeganNanos;
    private int logged;

    /**
     * @param after the times at which the auditor asks
     * @param maximumRegions how many regions get a label of their own
     */
    public AuditMetrics(MeterRegistry registry, List<Duration> after, int maximumRegions) {
        this.registry = registry;
        this.after = List.copyOf(after);
        this.maximumRegions = maximumRegions;
    }

    /** Registers what alerts watch: an increase from nothing is none. */
    @Override
    public void begun(String region) {
        checked(region, Duration.ZERO, 0);
        unanswered(region, Duration.ZERO, 0);
        skipped(region, 0);
        compared(region, 0);
        notCompared(region, 0);
        count("freshet.audit.failures", FAILURES, labels(region), 0);
        for (Duration each : after) {
            found("freshet.audit.stale", STALE, region, each, 0);
            found("freshet.audit.admitted", ADMITTED, region, each, 0);
            found("freshet.audit.wrong", WRONG, region, each, 0);
        }
    }

    private synchronized Tags labels(String region) {
        if (!labelled.contains(region)) {
            if (labelled.size() >= maximumRegions) {
                return Tags.of("region", OTHER);
            }
            labelled.add(region);
        }
        return Tags.of("region", region);
    }

    private void count(String name, String description, Tags tags, double more) {
        Counter.builder(name)
                .description(description)
                .tags(tags)
                .register(registry)
                .increment(more);
    }

    private void found(String name, String description, String region, Duration moment, int more) {
        count(name, description, labels(region).and("after", Units.format(moment)), more);
    }

    @Override
    public void checked(String region, Duration moment, int members) {
        count("freshet.audit.checked", CHECKED, labels(region), members);
    }

    @Override
    public void found(AuditFinding finding) {
        if (finding.kind() == AuditFinding.Kind.WRONG) {
            found("freshet.audit.wrong", WRONG, finding.region(), finding.after(), 1);
        } else {
            found("freshet.audit.stale", STALE, finding.region(), finding.after(), 1);
            if (finding.admitted()) {
                found("freshet.audit.admitted", ADMITTED, finding.region(), finding.after(), 1);
            }
        }
        if (mayLog(System.nanoTime())) {
            log.warn("audit: {}", finding);
        }
    }

    private synchronized boolean mayLog(long nowNanos) {
        if (logged == 0 || nowNanos - logBeganNanos >= LOG_NANOS) {
            logBeganNanos = nowNanos;
            logged = 0;
        }
        return logged++ < LOGGED;
    }

    @Override
    public void unanswered(String region, Duration moment, int members) {
        count("freshet.audit.unanswered", UNANSWERED, labels(region), members);
    }

    @Override
    public void skipped(String region, long records) {
        count("freshet.audit.skipped", SKIPPED, labels(region), (double) records);
    }

    @Override
    public void compared(String region, int entries) {
        count("freshet.audit.compared", COMPARED, labels(region), entries);
    }

    @Override
    public void notCompared(String region, int entries) {
        count("freshet.audit.not.compared", NOT_COMPARED, labels(region), entries);
    }

    @Override
    public void failed(String region, String why) {
        count("freshet.audit.failures", FAILURES, labels(region.isEmpty() ? OTHER : region), 1);
        log.debug("audit of {}: {}", region, why);
    }
}
