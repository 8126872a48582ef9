package dev.freshet.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds where the answers of a server end, in RESP2 and RESP3, whatever they hold. It keeps only the first bytes of each. Used on one
 * event loop.
 */
public final class ReplyScanner {

    private static final int HEAD_BYTES = 32;

    /** More elements, or bytes, than any server sends: what claims them is not RESP. */
    private static final long MAX_COUNT = 1L << 40;

    private final byte[] head = new byte[HEAD_BYTES];
    private int headBytes;
    private boolean isComplete = true;

    /** How many elements of the answer have not ended. */
    private long elements;

    /** How many bytes of a string have not arrived, its end of line included. */
    private long stringBytes;

    private boolean isInLine;
    private byte lineType;
    private final byte[] number = new byte[24];
    private int numberBytes;

    /** What a server sent is not RESP. */
    public static final class MalformedReplyException extends Exception {
        MalformedReplyException(String what) {
            super("Redis sent an answer that cannot be parsed: " + what);
        }
    }

    /**
     * Reads on, at most to the end of one answer. {@link #isComplete()} then says whether it has ended.
     *
     * @return the index behind the last byte that was read
     */
    public int scan(byte[] bytes, int from, int to) throws MalformedReplyException {
        int at = from;
        if (isComplete && at < to) {
            isComplete = false;
            headBytes = 0;
            elements = 1;
        }
        while (at < to && elements > 0) {
            if (stringBytes > 0) {
                int some = (int) Math.min(stringBytes, to - at);
                at += some;
                stringBytes -= some;
                if (stringBytes == 0) {
                    elements--;
                }
            } else if (isInLine) {
                at = line(bytes, at, to);
            } else {
                lineType = bytes[at++];
                numberBytes = 0;
                isInLine = true;
            }
        }
        int missing = Math.min(HEAD_BYTES - headBytes, at - from);
        if (missing > 0) {
            System.arraycopy(bytes, from, head, headBytes, missing);
            headBytes += missing;
        }
        isComplete = elements == 0;
        return at;
    }

    private int line(byte[] bytes, int from, int to) throws MalformedReplyException {
        int at = from;
        boolean hasNumber = hasNumber(lineType);
        while (at < to && bytes[at] != '\n') {
            if (hasNumber && bytes[at] != '\r') {
                if (numberBytes == number.length) {
                    throw new MalformedReplyException("a length with more than " + number.length + " digits");
                }
                number[numberBytes++] = bytes[at];
            }
            at++;
        }
        if (at == to) {
            return at;
        }
        isInLine = false;
        ended(hasNumber);
        return at + 1;
    }

    private static boolean hasNumber(byte type) throws MalformedReplyException {
        return switch (type) {
            case '$', '!', '=', '*', '~', '>', '%', '|' -> true;
            case '+', '-', ':', ',', '#', '_', '(' -> false;
            default -> throw new MalformedReplyException("the type " + (type & 0xff));
        };
    }

    private void ended(boolean hasNumber) throws MalformedReplyException {
        if (!hasNumber) {
            elements--;
            return;
        }
        long count = Decimal.parse(number, 0, numberBytes);
        boolean mayBeNull = lineType != '%' && lineType != '|';
        if (count == Decimal.NONE || count > MAX_COUNT || count < (mayBeNull ? -1 : 0)) {
            throw new MalformedReplyException("a length that is none");
        }
        switch (lineType) {
            case '$', '!', '=' -> {
                if (count < 0) {
                    elements--;
                } else {
                    stringBytes = count + 2;
                }
            }
            case '%' -> elements += 2 * count - 1;
            case '|' -> elements += 2 * count; // stands before an element, and is none
            default -> elements += Math.max(0, count) - 1;
        }
        if (elements > MAX_COUNT) {
            throw new MalformedReplyException("too many elements");
        }
    }

    /** Returns whether the last answer has ended. */
    public boolean isComplete() {
        return isComplete;
    }

    /** Returns the type of the answer: the first byte. */
    public byte type() {
        return headBytes == 0 ? 0 : head[0];
    }

    /** Returns whether nobody asked for it: a message in RESP3. */
    public boolean isPush() {
        return type() == '>';
    }

    /** Returns whether the answer is an error. */
    public boolean isError() {
        return type() == '-' || type() == '!';
    }

    /** Returns whether the answer begins like this; at most {@value #HEAD_BYTES} characters of ASCII. */
    public boolean begins(String with) {
        byte[] expected = with.getBytes(StandardCharsets.US_ASCII);
        return headBytes >= expected.length && Arrays.equals(head, 0, expected.length, expected, 0, expected.length);
    }
}
