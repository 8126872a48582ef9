package dev.freshet.cache.internal.load;

import dev.freshet.cache.LoadTimeoutException;
import dev.freshet.cache.Lookup.Hit;
import org.jspecify.annotations.Nullable;

/**
 * What a caller of a load gets.
 *
 * @param loaded what was loaded, or stored meanwhile
 * @param copy what stands in for a load that takes long; else null
 * @param fault why the copy stands in; null without one
 */
public record Outcome<V>(
        @Nullable V loaded, @Nullable Hit<V> copy, @Nullable LoadTimeoutException fault) {

    static <V> Outcome<V> loaded(@Nullable V value) {
        return new Outcome<>(value, null, null);
    }

    /** The value, from wherever it is. */
    public @Nullable V value() {
        return copy == null ? loaded : copy.value();
    }
}
