package dev.freshet.audit;

import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an auditor looks at.
 *
 * @param regions the regions to audit; empty: all that there are, also those that come later
 * @param sample the probability with which a record is checked, 0 to 1
 * @param after when to ask, counted from the moment at which the record was logged; at least one, in ascending order
 * @param truths what values are compared with, by region
 * @param answerTimeout how long members may take to answer
 */
public record AuditConfig(
        List<String> regions, double sample, List<Duration> after, Map<String, Truth> truths, Duration answerTimeout) {

    /** The most moments at which one record is checked. */
    public static final int MAX_MOMENTS = 8;

    public AuditConfig {
        regions = List.copyOf(regions);
        after = List.copyOf(after);
        truths = Map.copyOf(truths);
        regions.forEach(Syntax::requireRegion);
        String fault = faultIn(after);
        if (fault != null) {
            throw new IllegalArgumentException("the moments of an audit " + fault);
        }
        if (!(sample >= 0 && sample <= 1)) {
            throw new IllegalArgumentException("the sample must be 0 to 1, not " + sample);
        }
    }

    /** Returns what is wrong with the moments of an audit ("must …"), or null. */
    public static @Nullable String faultIn(List<Duration> after) {
        if (after.isEmpty() || after.size() > MAX_MOMENTS) {
            return "must be 1 to " + MAX_MOMENTS + " times, not " + after.size();
        }
        for (int i = 0; i < after.size(); i++) {
            Duration least = i == 0 ? Duration.ofMillis(1) : after.get(i - 1).plusMillis(1);
            if (after.get(i).compareTo(least) < 0) {
                return "must be positive and ascending, like 1s, 10s, 60s";
            }
            if (after.get(i).compareTo(Duration.ofHours(1)) > 0) {
                return "must be at most an hour";
            }
        }
        return null;
    }
}
