package dev.freshet.schema;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * By what a change is found in a tracing system: the W3C Trace Context of the span in which it was accepted. Immutable.
 *
 * @param traceIdHigh the first eight bytes of the trace's id
 * @param traceIdLow the others; an id is not zero
 * @param spanId the id of the span; not zero
 * @param flags the flags; the lowest bit: it is sampled
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
public record TraceContext(long traceIdHigh, long traceIdLow, long spanId, byte flags) {

    /** How many bytes it takes in a record. */
    static final int BYTES = 25;

    /** The text of version 00. */
    private static final int TEXT_LENGTH = 55;

    private static final String DIGITS = "0123456789abcdef";

    public TraceContext {
        if ((traceIdHigh | traceIdLow) == 0 || spanId == 0) {
            throw new IllegalArgumentException("the ids of a trace and a span are not zero");
        }
    }

    /**
     * Reads a {@code traceparent}, as the header of that name has it.
     *
     * @return null if it is missing or not valid: then whoever sent it is not traced, and that is no fault of the change
     */
    public static @Nullable TraceContext parse(@Nullable String traceparent) {
        if (traceparent == null || traceparent.length() < TEXT_LENGTH) {
            return null;
        }
        int version = bytes(traceparent, 0, 2) ? (int) hex(traceparent, 0, 2) : 0xff;
        boolean isLonger = traceparent.length() > TEXT_LENGTH;
        if (version == 0xff
                || (version == 0 && isLonger)
                || (isLonger && traceparent.charAt(TEXT_LENGTH) != '-')
                || traceparent.charAt(2) != '-'
                || traceparent.charAt(35) != '-'
                || traceparent.charAt(52) != '-'
                || !bytes(traceparent, 3, 35)
                || !bytes(traceparent, 36, 52)
                || !bytes(traceparent, 53, 55)) {
            return null;
        }
        return orNull(hex(traceparent, 3, 19), hex(traceparent, 19, 35), hex(traceparent, 36, 52), (byte)
                hex(traceparent, 53, 55));
    }

    private static boolean bytes(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (DIGITS.indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private static long hex(String text, int from, int to) {
        return Long.parseUnsignedLong(text, from, to, 16);
    }

    private static @Nullable TraceContext orNull(long high, long low, long span, byte flags) {
        return (high | low) == 0 || span == 0 ? null : new TraceContext(high, low, span, flags);
    }

    /** Reads what {@link #toBytes} wrote; null if it is something else. */
    static @Nullable TraceContext read(byte[] bytes) {
        if (bytes.length != BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return orNull(in.getLong(), in.getLong(), in.getLong(), in.get());
    }

    byte[] toBytes() {
        return ByteBuffer.allocate(BYTES)
                .putLong(traceIdHigh)
                .putLong(traceIdLow)
                .putLong(spanId)
                .put(flags)
                .array();
    }

    /** Whether somebody records the trace. */
    public boolean isSampled() {
        return (flags & 1) == 1;
    }

    /** Returns the id of the trace: 32 hexadecimal digits. */
    public String traceId() {
        return digits(traceIdHigh) + digits(traceIdLow);
    }

    /** Returns the id of the span: 16 hexadecimal digits. */
    public String spanIdDigits() {
        return digits(spanId);
    }

    private static String digits(long id) {
        String some = Long.toHexString(id);
        return "0".repeat(16 - some.length()) + some;
    }

    /** Returns the {@code traceparent}. */
    @Override
    public String toString() {
        return "00-" + traceId() + "-" + spanIdDigits() + "-" + DIGITS.charAt(flags >> 4 & 0xf)
                + DIGITS.charAt(flags & 0xf);
    }
}
