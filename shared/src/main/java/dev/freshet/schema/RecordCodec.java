package dev.freshet.schema;

import dev.freshet.schema.Decoded.Refusal;
import java.io.IOException;
import java.util.List;

/**
 * Writes and reads records: one header line, then the body of {@code record.proto}. Stateless; safe to use from any thread.
 *
 * <p>{@link #decode} takes any bytes. It refuses bytes that are too large before it parses them. It allocates in proportion to
 * the bytes that arrived, never to what a length field claims.
 */
public final class RecordCodec {

    /** Field tags, lengths, two times and a version, each at its maximum. */
    private static final int INVALIDATION_OVERHEAD_BYTES = 48;

    /** A trace's field tag and its length, and the trace. */
    private static final int TRACE_OVERHEAD_BYTES = 2 + TraceContext.BYTES;

    /** A name's field tag and its length. */
    private static final int NAME_OVERHEAD_BYTES = 3;

    /** Maximum size of everything in a body that is not an invalidation. */
    public static final int BODY_OVERHEAD_BYTES = Limits.MAX_ORIGIN_BYTES + 40;

    private RecordCodec() {}

    /**
     * Returns an upper bound of the bytes that an invalidation adds to a body. The bound exceeds them by a few dozen bytes at
     * most. A writer keeps the sum of these bounds and {@link #BODY_OVERHEAD_BYTES} within {@link Limits#MAX_BODY_BYTES}.
     */
    public static int encodedBytesAtMost(Invalidation invalidation) {
        int bytes = INVALIDATION_OVERHEAD_BYTES + (invalidation.trace() == null ? 0 : TRACE_OVERHEAD_BYTES);
        List<String> names = invalidation.selector().names();
        for (int i = 0; i < names.size(); i++) {
            bytes += NAME_OVERHEAD_BYTES + utf8BytesAtMost(names.get(i));
        }
        return bytes;
    }

    /** Returns the body's bytes, without the header line. The append script writes that line. */
    public static byte[] encodeBody(RecordBody body) {
        return BodyEncoder.encode(body);
    }

    /**
     * Reads a record from a frame, as the channel and the log carry it. Never throws: bytes that are no record have a result of
     * their own.
     *
     * @param frame any bytes
     */
    public static Decoded decode(byte[] frame) {
        int headerEnd = indexOfLineFeed(frame);
        RecordHeader header = headerEnd < 0 ? null : HeaderLine.parse(frame, headerEnd);
        if (header == null) {
            return new Decoded.Foreign(
                    Refusal.MALFORMED_HEADER, "no header line at the start of " + frame.length + " bytes");
        }
        int bodyOffset = headerEnd + 1;
        int bodyBytes = frame.length - bodyOffset;
        if (bodyBytes > Limits.MAX_BODY_BYTES) {
            return new Decoded.Unreadable(
                    header,
                    Refusal.TOO_LARGE,
                    "the body has " + bodyBytes + " bytes, more than " + Limits.MAX_BODY_BYTES);
        }
        try {
            return BodyDecoder.decode(header, frame, bodyOffset, bodyBytes);
        } catch (IOException e) {
            return new Decoded.Unreadable(header, Refusal.MALFORMED_BODY, String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            return new Decoded.Unreadable(header, Refusal.INVALID_VALUE, String.valueOf(e.getMessage()));
        }
    }

    private static int indexOfLineFeed(byte[] frame) {
        int end = Math.min(frame.length, Limits.MAX_HEADER_BYTES);
        for (int i = 0; i < end; i++) {
            if (frame[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private static int utf8BytesAtMost(String name) {
        return Math.min(3 * name.length(), Limits.MAX_NAME_BYTES);
    }
}
