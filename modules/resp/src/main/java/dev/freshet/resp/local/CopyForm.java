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

    /** Returns the value, which nobody may change. */
    Buffer bytes(V copy);

    long deadlineNanos(V copy);
}
