package dev.freshet.resp.local;

import io.vertx.core.buffer.Buffer;

/**
 * How a region keeps the copy of a key. Stateless.
 *
 * @param <V> what the region holds
 */
public interface CopyForm<V> {

    /** The deadline of a key that does not expire. */
    long NO_DEADLINE = Long.MIN_VALUE;

    /**
     * Makes a copy.
     *
     * @param bytes the value, which from now on belongs to the copy
     * @param deadlineNanos when the key expires, on the region's clock; or {@link #NO_DEADLINE}
     */
    V copy(Buffer bytes, long deadlineNanos);

    /**
     * Makes a copy of answers to reads of a key that is no string.
     *
     * @param packed the answers, which from now on belong to the copy
     * @throws UnsupportedOperationException if the region keeps strings only
     */
    default V answers(Buffer packed, long deadlineNanos) {
        throw new UnsupportedOperationException("the region keeps strings only");
    }

    /** Returns whether the copy was made by {@link #answers}. */
    default boolean isAnswers(V copy) {
        return false;
    }

    /** Returns the value, or the packed answers. Nobody may change them. */
    Buffer bytes(V copy);

    long deadlineNanos(V copy);
}
