package dev.freshet.resp.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A whole answer of a server, taken apart. */
public sealed interface Reply {

    /** A string, of any kind. */
    record Text(byte[] bytes) implements Reply {}

    /** An error's text. */
    record Fault(String message) implements Reply {}

    /** A number. */
    record Int(long value) implements Reply {}

    /** No value. */
    record Null() implements Reply {}

    /**
     * Several answers.
     *
     * @param items those of a map are its keys and values in turn
     * @param isPush whether nobody asked for it
     */
    record Many(List<Reply> items, boolean isPush) implements Reply {}

    /** Returns the text of a string or of an error; empty if it is neither. */
    default String text() {
        return switch (kind()) {
            case 's' -> new String(((Text) this).bytes(), StandardCharsets.UTF_8);
            case 'e' -> ((Fault) this).message();
            default -> "";
        };
    }

    private char kind() {
        return this instanceof Text ? 's' : this instanceof Fault ? 'e' : 'o';
    }

    /** Returns the elements; none if it has none. */
    default List<Reply> items() {
        return this instanceof Many many ? many.items : List.of();
    }

    /**
     * Takes apart what a {@link ReplyScanner} found the end of.
     *
     * @param bytes hold one whole answer, from an index on
     */
    static Reply parse(byte[] bytes, int from) {
        return new Parser(bytes, from).next(0);
    }

    /** Reads one answer. The scanner has checked the lengths. */
    final class Parser {

        /** Nobody whose answers are taken apart nests deeper. */
        private static final int MAX_DEPTH = 32;

        private final byte[] bytes;
        private int at;

        private Parser(byte[] bytes, int from) {
            this.bytes = bytes;
            this.at = from;
        }

        private Reply next(int depth) {
            byte type = bytes[at++];
            int lineStart = at;
            while (bytes[at] != '\n') {
                at++;
            }
            int lineEnd = at > lineStart && bytes[at - 1] == '\r' ? at - 1 : at;
            at++;
            return switch (type) {
                case '$', '=', '!' -> string(type, Decimal.parse(bytes, lineStart, lineEnd));
                case '*', '~', '>' -> many(Decimal.parse(bytes, lineStart, lineEnd), type == '>', depth);
                case '%' -> many(2 * Decimal.parse(bytes, lineStart, lineEnd), false, depth);
                case '|' -> {
                    many(2 * Decimal.parse(bytes, lineStart, lineEnd), false, depth);
                    yield next(depth);
                }
                case ':' -> new Int(Decimal.parse(bytes, lineStart, lineEnd));
                case '-' -> new Fault(new String(bytes, lineStart, lineEnd - lineStart, StandardCharsets.UTF_8));
                case '_' -> new Null();
                default -> new Text(Arrays.copyOfRange(bytes, lineStart, lineEnd));
            };
        }

        private Reply string(byte type, long length) {
            if (length < 0) {
                return new Null();
            }
            byte[] text = Arrays.copyOfRange(bytes, at, at + (int) length);
            at += (int) length + 2;
            return type == '!' ? new Fault(new String(text, StandardCharsets.UTF_8)) : new Text(text);
        }

        private Reply many(long count, boolean isPush, int depth) {
            if (count < 0) {
                return new Null();
            }
            if (depth == MAX_DEPTH) {
                throw new IllegalArgumentException("an answer of Redis is nested too deeply");
            }
            List<Reply> items = new ArrayList<>();
            for (long i = 0; i < count; i++) {
                items.add(next(depth + 1));
            }
            return new Many(List.copyOf(items), isPush);
        }
    }
}
