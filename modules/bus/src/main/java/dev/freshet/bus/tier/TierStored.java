package dev.freshet.bus.tier;

import java.util.Locale;

/** The outcome of a store in a {@link RedisTier}. */
public enum TierStored {
    /** The value is stored. */
    STORED,
    /** The key, one of the tags, a prefix of the key or the region was invalidated since the lease was handed out. */
    INVALIDATED,
    /** The lease is of another epoch of the region. */
    EPOCH,
    /** The lease is older than 60 s. */
    EXPIRED,
    /** A value of a higher version is stored already. */
    VERSION,
    /** The value is larger than {@link TierValue#MAX_BYTES}. */
    TOO_LARGE,
    /** Redis is unavailable, or too much waits for it. */
    UNAVAILABLE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Returns the name as metrics write it. */
    public String label() {
        return label;
    }
}
