package dev.freshet.schema;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The line in front of a record's body: {@code <epoch> <sequence> <Redis microseconds>[ <flag>]…} in ASCII, its fields
 * parted by one space. The append script writes it, because only Redis knows what it says.
 *
 * <p>The one flag so far is {@code a}, for awaited. A reader skips flags that it does not know.
 */
final class HeaderLine {

    private static final int LEAST_FIELDS = 3;
    private static final int MOST_FIELDS = 16;

    private HeaderLine() {}

    /** Returns the header in the first bytes of a frame, or null if they are not of its form. */
    static @Nullable RecordHeader parse(byte[] frame, int length) {
        String[] fields = new String(frame, 0, length, StandardCharsets.ISO_8859_1).split(" ", MOST_FIELDS);
        if (fields.length < LEAST_FIELDS) {
            return null;
        }
        try {
            long epoch = Position.parseEpoch(fields[0]);
            long sequence = parseCount(fields[1]);
            long loggedAtMicros = parseCount(fields[2]);
            if (sequence == 0) {
                return null;
            }
            boolean awaited = false;
            for (int i = LEAST_FIELDS; i < fields.length; i++) {
                awaited |= fields[i].equals("a");
            }
            return new RecordHeader(new Position(epoch, sequence), loggedAtMicros, awaited);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static long parseCount(String digits) {
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new NumberFormatException("decimal digits only");
        }
        return Long.parseLong(digits);
    }
}
