package dev.freshet.resp.protocol;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Writes answers and commands. Stateless. */
public final class Replies {

    private static final byte[] LINE_END = {'\r', '\n'};
    private static final byte[] NULL_2 = bytes("$-1\r\n");
    private static final byte[] NULL_3 = bytes("_\r\n");

    /** How strings of each length begin, as far as one was needed yet: most answers are short strings. */
    private static final byte[][] STRINGS = new byte[1_024][];

    private Replies() {}

    private static byte[] beginning(int length) {
        byte[] known = STRINGS[length];
        if (known == null) {
            known = bytes("$" + length + "\r\n");
            STRINGS[length] = known; // another thread may do so too: the same bytes
        }
        return known;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Appends a string. */
    public static void string(Buffer to, Buffer value) {
        if (value.length() < STRINGS.length) {
            to.appendBytes(beginning(value.length()));
        } else {
            line(to, '$', value.length());
        }
        to.appendBuffer(value).appendBytes(LINE_END);
    }

    /** Appends a string. */
    public static void string(Buffer to, String value) {
        byte[] bytes = bytes(value);
        line(to, '$', bytes.length);
        to.appendBytes(bytes).appendBytes(LINE_END);
    }

    /** Appends a part of a string as a string. */
    public static void string(Buffer to, Buffer value, int from, int until) {
        line(to, '$', until - from);
        to.appendBuffer(value, from, until - from).appendBytes(LINE_END);
    }

    /** Appends that there is no value, in the version of the protocol that the client speaks. */
    public static void none(Buffer to, boolean isResp3) {
        to.appendBytes(isResp3 ? NULL_3 : NULL_2);
    }

    public static void integer(Buffer to, long value) {
        line(to, ':', value);
    }

    /** Appends the beginning of an array. */
    public static void array(Buffer to, int items) {
        line(to, '*', items);
    }

    /** Appends the beginning of a map, which RESP2 does not know. */
    public static void map(Buffer to, int pairs) {
        line(to, '%', pairs);
    }

    /** Appends what a server answered, as arrays, strings, numbers, errors and nulls. */
    public static void reply(Buffer to, Reply reply, boolean isResp3) {
        if (reply instanceof Reply.Text text) {
            string(to, Buffer.buffer(text.bytes()));
        } else if (reply instanceof Reply.Int number) {
            integer(to, number.value());
        } else if (reply instanceof Reply.Fault fault) {
            error(to, fault.message());
        } else if (reply instanceof Reply.Many many) {
            array(to, many.items().size());
            many.items().forEach(item -> reply(to, item, isResp3));
        } else {
            none(to, isResp3);
        }
    }

    /** Appends an error. Its text is one line. */
    public static void error(Buffer to, String text) {
        to.appendBytes(bytes("-" + text.replaceAll("[\r\n]", " ") + "\r\n"));
    }

    private static void line(Buffer to, char type, long number) {
        to.appendByte((byte) type);
        if (number >= 0 && number < 10) {
            to.appendByte((byte) ('0' + number));
        } else {
            to.appendBytes(Long.toString(number).getBytes(StandardCharsets.ISO_8859_1));
        }
        to.appendBytes(LINE_END);
    }

    /** Appends a command. */
    public static Buffer command(Buffer to, String... arguments) {
        array(to, arguments.length);
        for (String argument : arguments) {
            string(to, argument);
        }
        return to;
    }
}
