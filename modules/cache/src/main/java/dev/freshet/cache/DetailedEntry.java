package dev.freshet.cache;

import org.jspecify.annotations.Nullable;

/** An entry that was stored with tags, a limit or a version, or that has a weight. */
class DetailedEntry<V> extends StampedEntry<V> {

    private final Details details;
    private final int weightBytes;

    DetailedEntry(@Nullable V value, Details details, int weightBytes, long storedAtNanos, long validThrough) {
        super(value, storedAtNanos, validThrough);
        this.details = details;
        this.weightBytes = weightBytes;
    }

    @Override
    boolean isTimeless() {
        return !details.hasDeadline;
    }

    @Override
    Details details() {
        return details;
    }

    @Override
    int weightBytes() {
        return weightBytes;
    }
}
