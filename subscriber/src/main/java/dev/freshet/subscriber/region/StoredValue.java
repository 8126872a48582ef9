package dev.freshet.subscriber.region;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An entry's value: a body with its content type. Immutable. Several event loops answer hits with the same bytes at once, without
 * a copy, so nobody may change them.
 *
 * @param bytes the body
 * @param contentType the content type that the store gave
 * @param deadlineNanos of a copy of a key in Redis: when the key expires, on the region's clock; else {@link #NO_DEADLINE}
 */
public record StoredValue(Buffer bytes, String contentType, long deadlineNanos) {

    /** The deadline of a value that was stored without one of its own. */
    public static final long NO_DEADLINE = Long.MIN_VALUE;

    /** The content type of a copy that only the RESP port can read: answers to reads of a hash or a set. */
    public static final String ANSWERS = "application/vnd.freshet.answers";

    private static final int OBJECTS_BYTES = 136;

    /** A power of two. */
    private static final int SHARED_TYPES = 64;

    private static final int MAX_SHARED_CHARS = 200;

    /** The types seen last, each in the place that its hash names. Another thread's type may replace one at any time: it is shared less. */
    private static final @Nullable String[] SHARED = new String[SHARED_TYPES];

    /** Entries with the same content type share its text: a region has few types and many entries. */
    public StoredValue {
        contentType = shared(contentType);
    }

    private static String shared(String type) {
        if (type.length() > MAX_SHARED_CHARS) {
            return type;
        }
        int place = type.hashCode() & (SHARED_TYPES - 1);
        String known = SHARED[place];
        if (known != null && type.equals(known)) {
            return known;
        }
        SHARED[place] = type;
        return type;
    }

    /** Makes a value that knows no deadline. */
    public StoredValue(Buffer bytes, String contentType) {
        this(bytes, contentType, NO_DEADLINE);
    }

    /** Returns whether only the RESP port can read it. */
    public boolean isAnswers() {
        return contentType.equals(ANSWERS);
    }

    /** Copies a request's body, because its buffer may be larger than its content, or a part of a larger buffer. */
    public static StoredValue copyOf(Buffer body, String contentType) {
        return new StoredValue(Buffer.buffer(body.getBytes()), contentType);
    }

    /** Returns whether the header {@code Content-Type} can carry the text: a control character would break the answer. */
    public static boolean isContentType(String text) {
        return text.chars().allMatch(c -> c == '\t' || (c >= ' ' && c <= 0xff && c != 0x7f));
    }

    /** Returns about how many bytes of memory the value takes. */
    public long memoryBytes() {
        return OBJECTS_BYTES + (long) bytes.length() + contentType.getBytes(StandardCharsets.ISO_8859_1).length;
    }
}
