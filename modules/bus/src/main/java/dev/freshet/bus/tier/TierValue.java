package dev.freshet.bus.tier;

import java.util.List;
import java.util.OptionalLong;

/**
 * A value as it lies in Redis. Nobody may change the bytes.
 *
 * @param bytes what the caller stored; empty if it is that there is no value
 * @param isAbsence whether it is that there is no value
 * @param tags what it can be invalidated by, beside its key
 * @param version which version of the source it is, if that is known
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TierValue(byte[] bytes, boolean isAbsence, List<String> tags, OptionalLong version) {

    /** The largest value that is stored. */
    public static final int MAX_BYTES = 4 << 20;

    /** A value. */
    public static TierValue of(byte[] bytes, List<String> tags, OptionalLong version) {
        return new TierValue(bytes, false, tags, version);
    }

    /** That there is no value. */
    public static TierValue absence(List<String> tags, OptionalLong version) {
        return new TierValue(new byte[0], true, tags, version);
    }

    public TierValue {
        tags = List.copyOf(tags);
    }
}
