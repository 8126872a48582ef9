package dev.freshet.bus;

import java.util.List;
import java.util.OptionalLong;

/**
 * An entry that a {@link RegionReader} holds, without its value. Immutable.
 *
 * @param key its key
 * @param state why readers find it, or do not. Known states: {@code readable}, {@code absent} (what is cached is that there is no
 *     value), {@code invalidated} and {@code expired} (still in memory, and found by nobody), {@code stale-copy} (returned only if a load fails)
 * @param ageMicros how long ago it was stored
 * @param expiresInMicros when it expires by itself; empty: never
 * @param version the version that it was stored with; empty: none
 * @param tags the tags that it was stored with
 */
public record HeldEntry(
        String key,
        String state,
        long ageMicros,
        OptionalLong expiresInMicros,
        OptionalLong version,
        List<String> tags) {

    public HeldEntry {
        tags = List.copyOf(tags);
    }
}
