package dev.freshet.resp.protocol;

import java.util.Arrays;

/**
 * Reads the names of commands. A client repeats a few, and gets the same text for the same bytes: nothing is allocated, and maps find it
 * without comparing characters. At most {@link #PLACES} names are kept. Used on one event loop.
 */
final class CommandNames {

    private static final int MAX_BYTES = 64;

    /** A power of two. */
    private static final int PLACES = 8;

    private static final byte[] NONE = {};

    private final byte[][] known = new byte[PLACES][];
    private final String[] names = new String[PLACES];

    CommandNames() {
        Arrays.fill(known, NONE);
        Arrays.fill(names, "");
    }

    /** Returns the text in upper case; empty if it is not a word, or longer than any command's name. */
    String of(byte[] text, int start, int length) {
        if (length == 0 || length > MAX_BYTES) {
            return "";
        }
        int place = (text[start] + length) & (PLACES - 1);
        if (!Arrays.equals(known[place], 0, known[place].length, text, start, start + length)) {
            names[place] = upperCase(text, start, length);
            known[place] = Arrays.copyOfRange(text, start, start + length);
        }
        return names[place];
    }

    /** Returns a word in upper case; empty if it is none, or longer than any name. */
    static String upperCase(byte[] text, int start, int length) {
        if (length > MAX_BYTES) {
            return "";
        }
        char[] upper = new char[length];
        for (int i = 0; i < length; i++) {
            byte b = text[start + i];
            if (b <= ' ') {
                return "";
            }
            upper[i] = (char) (b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b);
        }
        return new String(upper);
    }
}
