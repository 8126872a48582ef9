package dev.freshet.bus;

import dev.freshet.schema.Selector;
import java.util.List;

/**
 * Asks which entries a region's members hold; for audits and people who look for the cause of a fault.
 *
 * @param selectors what the entries must be named by; each that any of them names counts once
 * @param storedBeforeMicros only entries that were stored for certain before this moment on the Redis clock; {@link
 *     Long#MAX_VALUE}: whenever they were stored
 * @param limit how many entries to name, 0 to {@value #MAX_LIMIT}. Which ones is random if there are more
 * @param hashed whether to name the hashes of their values too, see {@link AuditedEntry#valueHash}
 */
public record AuditQuery(List<Selector> selectors, long storedBeforeMicros, int limit, boolean hashed) {

    /** The most entries that one member names. */
    public static final int MAX_LIMIT = 100;

    public AuditQuery {
        selectors = List.copyOf(selectors);
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("at least one selector is needed");
        }
        if (limit < 0 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("the limit must be 0 to " + MAX_LIMIT + ", not " + limit);
        }
    }

    /** Returns whether this asks when entries were stored. */
    public boolean isTimed() {
        return storedBeforeMicros != Long.MAX_VALUE;
    }
}
