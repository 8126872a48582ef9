package dev.freshet.resp.protocol;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Splits a line that somebody typed into arguments, by the rules of Redis: spaces, double and single quotes, escapes. */
final class InlineArguments {

    final byte[] text;
    int[] starts = new int[4];
    int[] lengths = new int[4];
    int count;
    private int written;

    private InlineArguments(int atMostBytes) {
        text = new byte[atMostBytes];
    }

    /** Returns the arguments; null if quotes are not balanced. */
    static @Nullable InlineArguments split(byte[] bytes, int from, int to) {
        InlineArguments split = new InlineArguments(to - from);
        int at = from;
        while (true) {
            while (at < to && isSpace(bytes[at])) {
                at++;
            }
            if (at == to) {
                return split;
            }
            split.begin();
            at = split.argument(bytes, at, to);
            if (at < 0) {
                return null;
            }
            split.lengths[split.count - 1] = split.written - split.starts[split.count - 1];
        }
    }

    private void begin() {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
        }
        starts[count++] = written;
    }

    /** Returns where the argument ends; -1: quotes are not balanced. */
    private int argument(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && !isSpace(bytes[at])) {
            byte b = bytes[at];
            if (b == '"' || b == '\'') {
                at = quoted(bytes, at + 1, to, b);
                return at < 0 || (at < to && !isSpace(bytes[at])) ? -1 : at;
            }
            text[written++] = b;
            at++;
        }
        return at;
    }

    private int quoted(byte[] bytes, int from, int to, byte quote) {
        int at = from;
        while (at < to && bytes[at] != quote) {
            if (bytes[at] != '\\' || at + 1 == to) {
                text[written++] = bytes[at++];
            } else if (quote == '\'') {
                boolean isQuote = bytes[at + 1] == '\'';
                text[written++] = isQuote ? (byte) '\'' : bytes[at];
                at += isQuote ? 2 : 1;
            } else if (bytes[at + 1] == 'x' && at + 3 < to && hex(bytes[at + 2]) >= 0 && hex(bytes[at + 3]) >= 0) {
                text[written++] = (byte) (hex(bytes[at + 2]) << 4 | hex(bytes[at + 3]));
                at += 4;
            } else {
                text[written++] = escaped(bytes[at + 1]);
                at += 2;
            }
        }
        return at == to ? -1 : at + 1;
    }

    private static byte escaped(byte b) {
        return switch (b) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> b;
        };
    }

    private static int hex(byte b) {
        return b < 0 ? -1 : Character.digit(b, 16);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r') || b == 0;
    }
}
