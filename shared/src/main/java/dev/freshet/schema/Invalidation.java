package dev.freshet.schema;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * States that something changed, and what to evict for it. Immutable.
 *
 * @param selector what to evict
 * @param changedAtMicros when the source changed, in microseconds since 1970 on the Redis clock
 * @param acceptedAtMicros when the publisher accepted the change, on the same clock
 * @param version with {@link Selector.Keys} only: stores and loads of these keys with a lower version are refused
 * @param trace by what it is found in a tracing system; null: nobody records it
 */
public record Invalidation(
        Selector selector,
        long changedAtMicros,
        long acceptedAtMicros,
        OptionalLong version,
        @Nullable TraceContext trace) {

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

    /** Makes one that nobody records. */
    public Invalidation(Selector selector, long changedAtMicros, long acceptedAtMicros, OptionalLong version) {
        this(selector, changedAtMicros, acceptedAtMicros, version, null);
    }

    /** Returns the same with its times moved: to another clock, or another base. */
    public Invalidation later(long micros) {
        return new Invalidation(selector, changedAtMicros + micros, acceptedAtMicros + micros, version, trace);
    }
}
