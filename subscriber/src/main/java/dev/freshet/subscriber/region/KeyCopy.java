package dev.freshet.subscriber.region;

import dev.freshet.resp.local.CopyForm;
import io.vertx.core.buffer.Buffer;

/** How a region keeps the copy of a key in Redis: as a value of which nothing but its bytes is known, or as answers. */
public final class KeyCopy implements CopyForm<StoredValue> {

    private static final String UNKNOWN_TYPE = "application/octet-stream";

    @Override
    public StoredValue copy(Buffer bytes, long deadlineNanos) {
        return new StoredValue(
                bytes, UNKNOWN_TYPE, deadlineNanos == NO_DEADLINE ? StoredValue.NO_DEADLINE : deadlineNanos);
    }

    @Override
    public StoredValue answers(Buffer packed, long deadlineNanos) {
        return new StoredValue(
                packed, StoredValue.ANSWERS, deadlineNanos == NO_DEADLINE ? StoredValue.NO_DEADLINE : deadlineNanos);
    }

    @Override
    public boolean isAnswers(StoredValue copy) {
        return copy.isAnswers();
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
