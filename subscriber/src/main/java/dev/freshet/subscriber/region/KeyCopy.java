package dev.freshet.subscriber.region;

import dev.freshet.resp.local.CopyForm;
import io.vertx.core.buffer.Buffer;

/** How a region keeps the copy of a key in Redis: as a value of which nothing but its bytes is known. */
public final class KeyCopy implements CopyForm<StoredValue> {

    private static final String UNKNOWN_TYPE = "application/octet-stream";

    @Override
    public StoredValue copy(Buffer bytes, long deadlineNanos) {
        return new StoredValue(
                bytes, UNKNOWN_TYPE, deadlineNanos == NO_DEADLINE ? StoredValue.NO_DEADLINE : deadlineNanos);
    }

    @Override
    public Buffer bytes(StoredValue copy) {
        return copy.bytes();
    }

    @Override
    public long deadlineNanos(StoredValue copy) {
        return copy.deadlineNanos();
    }
}
