package dev.freshet.cache;

import java.util.Locale;

/** What is proven about a region's answers at this moment. */
public enum ServingState {
    /** Every invalidation is applied that was appended until the last confirmation, which is younger than the region's bound. */
    CONFIRMED,
    /** There is no confirmation within the bound. Cached values are served nevertheless, and may be stale. */
    UNCONFIRMED,
    /** There is no confirmation within the bound, and so every read is a miss. */
    BYPASSED,
    /** The value is known to be no longer valid. It is returned because a load failed. */
    STALE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as headers and metrics write it. */
    public String label() {
        return label;
    }
}
