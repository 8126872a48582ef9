package dev.freshet.schema;

import org.jspecify.annotations.Nullable;

/**
 * Parses the line in front of a record's body: {@code <epoch> <sequence> <Redis microseconds>[ <flag>]…} in ASCII, its fields
 * separated by one space. The append script writes the line, because only Redis knows sequence and time.
 *
 * <p>The only flag is {@code a}: a caller awaits the record. Unknown flags are skipped.
 */
final class HeaderLine {

    private static final byte AWAITED = 'a';
    private static final int EPOCH_DIGITS = 16;

    /** Numbers of nineteen digits fit into a long, except those from 9223372036854775808 on: they turn negative. */
    private static final int MAX_DIGITS = 19;

    private final byte[] frame;
    private final int end;
    private int at;

    private HeaderLine(byte[] frame, int end) {
        this.frame = frame;
        this.end = end;
    }

    /** Returns the header in the first {@code length} bytes of a frame, or null if they do not have its form. */
    static @Nullable RecordHeader parse(byte[] frame, int length) {
        return new HeaderLine(frame, length).parse();
    }

    private @Nullable RecordHeader parse() {
        if (end <= EPOCH_DIGITS || frame[EPOCH_DIGITS] != ' ') {
            return null;
        }
        long epoch = 0;
        for (; at < EPOCH_DIGITS; at++) {
            int digit = hexadecimalDigit(frame[at]);
            if (digit < 0) {
                return null;
            }
            epoch = epoch << 4 | digit;
        }
        long sequence = count();
        long loggedAtMicros = count();
        return sequence <= 0 || loggedAtMicros < 0
                ? null
                : new RecordHeader(new Position(epoch, sequence), loggedAtMicros, isAwaited());
    }

    /** Reads a space, then decimal digits up to the next space or the end. Returns -1 if the bytes are not of this form. */
    private long count() {
        if (at >= end || frame[at] != ' ') {
            return -1;
        }
        int first = ++at;
        long number = 0;
        for (; at < end && frame[at] != ' '; at++) {
            int digit = frame[at] - '0';
            if (digit < 0 || digit > 9 || at - first >= MAX_DIGITS) {
                return -1;
            }
            number = number * 10 + digit;
            if (number < 0) {
                return -1;
            }
        }
        return at == first ? -1 : number;
    }

    /** Returns whether one of the remaining flags is {@code a}. */
    private boolean isAwaited() {
        for (; at < end; at++) {
            if (frame[at] == AWAITED && frame[at - 1] == ' ' && (at + 1 == end || frame[at + 1] == ' ')) {
                return true;
            }
        }
        return false;
    }

    private static int hexadecimalDigit(byte digit) {
        if (digit >= '0' && digit <= '9') {
            return digit - '0';
        }
        return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
    }
}
