package dev.freshet.resp.local;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a key here.
 *
 * @param bytes the value, which nobody may change; null: there is no such key
 * @param deadlineNanos when it expires, or {@link CopyForm#NO_DEADLINE}
 */
public record Found(@Nullable Buffer bytes, long deadlineNanos) {

    static final Found ABSENT = new Found(null, CopyForm.NO_DEADLINE);
}
