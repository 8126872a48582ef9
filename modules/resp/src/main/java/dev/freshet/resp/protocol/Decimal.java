package dev.freshet.resp.protocol;

/** Reads numbers as strictly as Redis does: what it would refuse must not be taken for the length of anything. Stateless. */
public final class Decimal {

    /** What {@link #parse} returns for what is no number. */
    public static final long NONE = Long.MIN_VALUE;

    private static final int MAX_DIGITS = 18;

    private Decimal() {}

    /** Returns the number between two indexes; {@link #NONE} if it is malformed, has a leading zero or more than 18 digits. */
    public static long parse(byte[] bytes, int from, int to) {
        boolean isNegative = from < to && bytes[from] == '-';
        int first = isNegative ? from + 1 : from;
        int digits = to - first;
        if (digits < 1 || digits > MAX_DIGITS || (bytes[first] == '0' && (digits > 1 || isNegative))) {
            return NONE;
        }
        long value = 0;
        for (int i = first; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return NONE;
            }
            value = value * 10 + digit;
        }
        return isNegative ? -value : value;
    }
}
