package dev.freshet.cache.internal.entry;

import org.jspecify.annotations.Nullable;

/** An entry that was stored with tags, a limit or a version, or that has a weight. */
public class DetailedEntry<V> extends StampedEntry<V> {

    private final Details details;
    private final int weightBytes;

    public DetailedEntry(@Nullable V value, Details details, int weightBytes, long storedAtNanos, long validThrough) {
        super(value, storedAtNanos, validThrough);
        this.details = details;
        this.weightBytes = weightBytes;
    }

    @Override
    public boolean isTimeless() {
        return !details.hasDeadline;
    }

    @Override
    public Details details() {
        return details;
    }

    @Override
    public int weightBytes() {
        return weightBytes;
    }
}
