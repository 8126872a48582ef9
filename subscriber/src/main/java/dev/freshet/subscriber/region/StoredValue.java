package dev.freshet.subscriber.region;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * An entry's value as HTTP carries it. Immutable: nobody may change the bytes, which every hit is answered with, on several
 * event loops at once, without a copy.
 *
 * @param bytes the body
 * @param contentType as the store named it
 */
public record StoredValue(Buffer bytes, String contentType) {

    private static final int OBJECTS_BYTES = 128;

    /** Takes what a request brought; its buffer may be larger than its content, or a part of a larger one. */
    public static StoredValue copyOf(Buffer body, String contentType) {
        return new StoredValue(Buffer.buffer(body.getBytes()), contentType);
    }

    /** What it takes in memory, about. */
    public long memoryBytes() {
        return OBJECTS_BYTES + (long) bytes.length() + contentType.getBytes(StandardCharsets.ISO_8859_1).length;
    }
}
