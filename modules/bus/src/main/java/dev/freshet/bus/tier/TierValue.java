package dev.freshet.bus.tier;

import java.util.List;
import java.util.OptionalLong;

/**
 * A value as it lies in Redis, or a note that the source has no value. No caller may change the bytes.
 *
 * @param bytes what the caller stored; empty for an absence
 * @param isAbsence whether the source has no value
 * @param tags by which it can be invalidated, beside its key
 * @param version the version of the source, if that is known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TierValue(byte[] bytes, boolean isAbsence, List<String> tags, OptionalLong version) {

    /** The size of the largest value that is stored. */
    public static final int MAX_BYTES = 4 << 20;

    /** Returns a value. */
    public static TierValue of(byte[] bytes, List<String> tags, OptionalLong version) {
        return new TierValue(bytes, false, tags, version);
    }

    /** Returns a note that the source has no value. */
    public static TierValue absence(List<String> tags, OptionalLong version) {
        return new TierValue(new byte[0], true, tags, version);
    }

    public TierValue {
        tags = List.copyOf(tags);
    }
}
