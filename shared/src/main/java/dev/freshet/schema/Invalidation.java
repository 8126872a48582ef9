package dev.freshet.schema;

import java.util.OptionalLong;

/**
 * States that something changed, and what to evict for it. Immutable.
 *
 * @param selector what to evict
 * @param changedAtMicros when the source changed, in microseconds since 1970 on the Redis clock
 * @param acceptedAtMicros when the publisher accepted the change, on the same clock
 * @param version with {@link Selector.Keys} only: stores and loads of these keys with a lower version are refused
 */
public record Invalidation(Selector selector, long changedAtMicros, long acceptedAtMicros, OptionalLong version) {

    public Invalidation {
        if (version.isPresent()) {
            if (selector.isBroad()) {
                throw new IllegalArgumentException("version is allowed with keys only, not with "
                        + selector.kind().label());
            }
            if (version.getAsLong() < 0) {
                throw new IllegalArgumentException("version must not be negative, but is " + version.getAsLong());
            }
        }
    }
}
