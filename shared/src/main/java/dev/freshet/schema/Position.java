package dev.freshet.schema;

import java.util.HexFormat;

/**
 * A place in a region's log, written {@code <epoch>-<sequence>}, for example {@code 00c0ffee00c0ffee-42}.
 *
 * <p>Positions of one epoch are ordered by their sequence. Positions of different epochs have no order, so this class is not
 * {@link Comparable}.
 *
 * @param epoch the random identity of one log's life, written as 16 lower-case hexadecimal digits
 * @param sequence the number of the last record, 0 for an empty log
 */
public record Position(long epoch, long sequence) {

    private static final int EPOCH_DIGITS = 16;

    public Position {
        if (sequence < 0) {
            throw new IllegalArgumentException("sequence must not be negative, but is " + sequence);
        }
    }

    /**
     * Reads what {@link #toString()} writes, and nothing else.
     *
     * @throws IllegalArgumentException if the text is not a position; the message quotes no more than 64 characters of it
     */
    public static Position parse(String text) {
        int dash = text.indexOf('-');
        if (dash == EPOCH_DIGITS) {
            try {
                long epoch = parseEpoch(text.substring(0, dash));
                String digits = text.substring(dash + 1);
                if (isDecimal(digits)) {
                    return new Position(epoch, Long.parseLong(digits));
                }
            } catch (NumberFormatException ignored) {
                // The epoch is malformed, or the sequence exceeds 64 bits: refused below.
            }
        }
        String shown = text.length() <= 64 ? text : text.substring(0, 64) + "…";
        throw new IllegalArgumentException(
                "a position is written <16 lower-case hexadecimal digits>-<sequence>, not \"" + shown + "\"");
    }

    /** Returns the epoch as 16 lower-case hexadecimal digits. */
    public static String formatEpoch(long epoch) {
        return HexFormat.of().toHexDigits(epoch);
    }

    /**
     * Reads an epoch.
     *
     * @throws NumberFormatException if it is not 16 lower-case hexadecimal digits
     */
    public static long parseEpoch(String digits) {
        if (digits.length() != EPOCH_DIGITS) {
            throw new NumberFormatException("an epoch has 16 digits, not " + digits.length());
        }
        for (int i = 0; i < EPOCH_DIGITS; i++) {
            char c = digits.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                throw new NumberFormatException("an epoch has lower-case hexadecimal digits only");
            }
        }
        return HexFormat.fromHexDigitsToLong(digits);
    }

    /** Returns the position of the same epoch with another sequence. */
    public Position at(long otherSequence) {
        return new Position(epoch, otherSequence);
    }

    private static boolean isDecimal(String digits) {
        return !digits.isEmpty()
                && (digits.length() == 1 || digits.charAt(0) != '0')
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        return formatEpoch(epoch) + "-" + sequence;
    }
}
