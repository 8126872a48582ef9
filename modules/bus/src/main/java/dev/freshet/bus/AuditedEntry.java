package dev.freshet.bus;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An entry that a member would serve now.
 *
 * @param key its key
 * @param storedAtMicros when it was stored, on the Redis clock as the member estimates it
 * @param version the version that it was stored with
 * @param tags its tags, at most {@value #MAX_TAGS} of them
 * @param confirmedAtMicros as of when the member would serve it as confirmed, on the Redis clock; 0: never
 * @param valueHash the SHA-256 of the value's bytes in hexadecimal digits; empty: it is a cached absence; null: it was not asked
 *     for, or the region's cache does not know its values' bytes
 */
public record AuditedEntry(
        String key,
        long storedAtMicros,
        OptionalLong version,
        List<String> tags,
        long confirmedAtMicros,
        @Nullable String valueHash) {

    /** The most tags that are named of an entry. */
    public static final int MAX_TAGS = 16;

    public AuditedEntry {
        tags = List.copyOf(tags);
    }
}
