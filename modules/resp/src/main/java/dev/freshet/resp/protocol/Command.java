package dev.freshet.resp.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A command of a client, as far as it has arrived. It shares its bytes with the {@link CommandReader}: it is good until that reads on.
 */
public final class Command {

    private final byte[] bytes;
    private final int from;
    private final int to;
    private final byte[] text;
    private final int[] argumentStarts;
    private final int[] argumentLengths;
    private final int arguments;
    private final boolean isWhole;
    private final String name;

    /**
     * @param name as {@link CommandNames} reads it
     * @param bytes hold the command as the client sent it
     * @param text holds its arguments: the same bytes, or those without quotes
     */
    Command(
            String name,
            byte[] bytes,
            int from,
            int to,
            byte[] text,
            int[] starts,
            int[] lengths,
            int arguments,
            boolean isWhole) {
        this.name = name;
        this.bytes = bytes;
        this.from = from;
        this.to = to;
        this.text = text;
        this.argumentStarts = starts;
        this.argumentLengths = lengths;
        this.arguments = arguments;
        this.isWhole = isWhole;
    }

    /** Returns the name in upper case; empty if it has not arrived, or is longer than any command's. */
    public String name() {
        return name;
    }

    /** Returns whether the whole command has arrived. What has not is only passed on. */
    public boolean isWhole() {
        return isWhole;
    }

    /** Returns how many arguments have arrived, the name included. */
    public int arguments() {
        return arguments;
    }

    /** Returns an argument in upper case; empty if it is not a word. */
    public String upperCase(int argument) {
        return CommandNames.upperCase(text, argumentStarts[argument], argumentLengths[argument]);
    }

    /** Returns an argument; null if it is not well-formed UTF-8. */
    public @Nullable String utf8(int argument) {
        return utf8(text, argumentStarts[argument], argumentLengths[argument]);
    }

    /** Returns bytes as text; null if they are not well-formed UTF-8. */
    public static @Nullable String utf8(byte[] bytes, int start, int length) {
        int i = start;
        while (i < start + length && bytes[i] >= 0) {
            i++;
        }
        if (i == start + length) {
            return new String(bytes, start, length, StandardCharsets.ISO_8859_1); // ASCII, which is nearly every key
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Returns an argument as a number, or {@link Decimal#NONE}. */
    public long number(int argument) {
        int start = argumentStarts[argument];
        return Decimal.parse(text, start, start + argumentLengths[argument]);
    }

    /** Returns how many bytes an argument has. */
    public int length(int argument) {
        return argumentLengths[argument];
    }

    /** Returns a copy that stays good. */
    public Command detached() {
        byte[] own = Arrays.copyOfRange(bytes, from, to);
        byte[] ownText = own;
        int[] starts = Arrays.copyOf(argumentStarts, arguments);
        if (text == bytes) {
            for (int i = 0; i < arguments; i++) {
                starts[i] -= from;
            }
        } else {
            ownText = text;
        }
        int[] lengths = Arrays.copyOf(argumentLengths, arguments);
        return new Command(name, own, 0, own.length, ownText, starts, lengths, arguments, isWhole);
    }

    /** Returns a copy of an argument. */
    public byte[] copy(int argument) {
        int start = argumentStarts[argument];
        return Arrays.copyOfRange(text, start, start + argumentLengths[argument]);
    }

    /** Returns the array that holds the command as it was sent, from {@link #from} to {@link #to}. */
    public byte[] bytes() {
        return bytes;
    }

    public int from() {
        return from;
    }

    public int to() {
        return to;
    }

    /** Without arguments, which may be secrets. */
    @Override
    public String toString() {
        return "Command[" + arguments + " arguments]";
    }
}
