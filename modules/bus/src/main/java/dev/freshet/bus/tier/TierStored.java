package dev.freshet.bus.tier;

import java.util.Locale;

/** What became of a store in a {@link RedisTier}. */
public enum TierStored {
    /** It is there. */
    STORED,
    /** Its key, one of its tags, a prefix of its key or its region was invalidated since its lease was handed out. */
    INVALIDATED,
    /** Its lease is of another epoch of the region. */
    EPOCH,
    /** Its lease is older than 60 s. */
    EXPIRED,
    /** A value of a higher version is there. */
    VERSION,
    /** It is larger than {@link TierValue#MAX_BYTES}. */
    TOO_LARGE,
    /** Redis is away, or too much waits for it. */
    UNAVAILABLE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** The name as metrics write it. */
    public String label() {
        return label;
    }

    public static TierStored of(String why) {
        return switch (why) {
            case "invalidated" -> INVALIDATED;
            case "expired" -> EXPIRED;
            case "version" -> VERSION;
            case "epoch", "none" -> EPOCH;
            default -> UNAVAILABLE;
        };
    }
}
