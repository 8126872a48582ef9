package dev.freshet.cache;

import java.util.Locale;

/** What a region's answers are worth at this moment. */
public enum ServingState {
    /** All that was appended before a moment within the bound is applied. */
    CONFIRMED,
    /** There is no such proof; what is cached is served nevertheless, and may be stale. */
    UNCONFIRMED,
    /** There is no such proof, and so every read is a miss. */
    BYPASSED,
    /** The value is no longer valid and is known not to be; it stands in for a load that failed. */
    STALE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as headers and metrics write it. */
    public String label() {
        return label;
    }
}
