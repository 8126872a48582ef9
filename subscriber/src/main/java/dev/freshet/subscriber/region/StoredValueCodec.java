package dev.freshet.subscriber.region;

import dev.freshet.cache.ValueCodec;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Encodes an entry's value for Redis: two bytes with the length of its content type, the content type, the body. */
final class StoredValueCodec implements ValueCodec<StoredValue> {

    private static final int LENGTH_BYTES = 2;
    private static final int MAX_TYPE_BYTES = 0xffff;

    @Override
    public byte[] encode(StoredValue value) {
        byte[] type = value.contentType().getBytes(StandardCharsets.ISO_8859_1);
        if (type.length > MAX_TYPE_BYTES) {
            throw new IllegalArgumentException(
                    "a content type must have at most " + MAX_TYPE_BYTES + " bytes, not " + type.length);
        }
        return Buffer.buffer(LENGTH_BYTES + type.length + value.bytes().length())
                .appendUnsignedShort(type.length)
                .appendBytes(type)
                .appendBuffer(value.bytes())
                .getBytes();
    }

    @Override
    public StoredValue decode(byte[] bytes) {
        Buffer buffer = Buffer.buffer(bytes);
        int typeEnd = LENGTH_BYTES + buffer.getUnsignedShort(0);
        String type = buffer.getString(LENGTH_BYTES, typeEnd, "ISO-8859-1");
        // Whoever may write to Redis wrote it. A value that no answer can carry counts as absent.
        if (!StoredValue.isContentType(type)) {
            throw new IllegalArgumentException("the content type has control characters");
        }
        return new StoredValue(Buffer.buffer(buffer.getBytes(typeEnd, bytes.length)), type);
    }
}
