package dev.freshet.resp.protocol;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the commands in what a client sends, by the rules of Redis. Used on one event loop.
 *
 * <p>Memory grows with the bytes that arrive, never with a length that a client claims. Of a command that is larger than {@link
 * #MAX_HELD_BYTES}, the beginning is returned as a command that is not whole; what follows is {@link Read#REST}, which is passed on as
 * it arrives.
 */
public final class CommandReader {

    /** The largest command that is returned as a whole. */
    public static final int MAX_HELD_BYTES = 64 * 1024;

    /** Redis refuses a longer line. */
    private static final int MAX_LINE_BYTES = 64 * 1024;

    /** Redis refuses more arguments, or longer ones. What a server was told to accept beyond that counts as malformed here. */
    private static final long MAX_ARGUMENTS = Integer.MAX_VALUE;

    private static final long MAX_ARGUMENT_BYTES = 512L << 20;

    /** Before a client has proven who it is, Redis takes commands of this size only. */
    private static final long MAX_STRANGERS_ARGUMENTS = 10;

    private static final long MAX_STRANGERS_ARGUMENT_BYTES = 16 * 1024;

    private static final int FEW_ARGUMENTS = 8;

    /** What a command with more arguments took is given back after it. */
    private static final int KEPT_ARGUMENTS = 64;

    private static final byte[] EMPTY = {};

    /** What {@link #read} found. */
    public enum Read {
        /** A command: {@link #command()}. */
        COMMAND,
        /** More of a command that was returned before it was whole: from {@link #restFrom()} to {@link #restTo()}. */
        REST,
        /** Nothing more for now. */
        NOTHING,
        /** Bytes that Redis answers with an error, after which it closes the connection. */
        MALFORMED
    }

    private long maxArguments = MAX_ARGUMENTS;
    private long maxArgumentBytes = MAX_ARGUMENT_BYTES;

    private final CommandNames names = new CommandNames();
    private byte[] buffer = EMPTY;
    private int start;
    private int end;

    // Of the command that begins at start.
    private int at;
    private long wanted = -1;
    private long argumentBytes = -1;
    private int[] starts = new int[FEW_ARGUMENTS];
    private int[] lengths = new int[FEW_ARGUMENTS];
    private int arguments;

    // Of a command that was returned before it was whole.
    private boolean isStreaming;
    private long streamedBytes;

    private @Nullable Command command;
    private int restFrom;
    private int restTo;

    /** Says whether the client has yet to prove who it is. */
    public void ofStranger(boolean isStranger) {
        maxArguments = isStranger ? MAX_STRANGERS_ARGUMENTS : MAX_ARGUMENTS;
        maxArgumentBytes = isStranger ? MAX_STRANGERS_ARGUMENT_BYTES : MAX_ARGUMENT_BYTES;
    }

    /** Adds bytes that have arrived, which from now on belong to the reader. */
    public void add(byte[] arrived) {
        if (start == end) {
            shift(start);
            buffer = arrived;
            start = 0;
            end = arrived.length;
            return;
        }
        int held = end - start;
        if (end + arrived.length > buffer.length) {
            byte[] larger = held + arrived.length > buffer.length
                    ? new byte[Math.max(held + arrived.length, Math.min(2 * buffer.length, MAX_HELD_BYTES))]
                    : buffer;
            System.arraycopy(buffer, start, larger, 0, held);
            shift(start);
            buffer = larger;
            start = 0;
            end = held;
        }
        System.arraycopy(arrived, 0, buffer, end, arrived.length);
        end += arrived.length;
    }

    private void shift(int by) {
        at -= by;
        for (int i = 0; i < arguments; i++) {
            starts[i] -= by;
        }
    }

    /** Returns how many bytes are held back, because the command that they begin is not whole. */
    public int heldBytes() {
        return end - start;
    }

    /** Looks for the next command. */
    public Read read() {
        command = null;
        while (start < end) {
            if (isStreaming) {
                Read rest = stream();
                if (rest != Read.NOTHING || isStreaming) {
                    return rest;
                }
                continue;
            }
            Read read = buffer[start] == '*' ? arrayed() : inline();
            if (read != Read.COMMAND || command != null) {
                return read;
            }
        }
        return Read.NOTHING;
    }

    /** The command that {@link #read} found. */
    public Command command() {
        return Objects.requireNonNull(command);
    }

    public byte[] bytes() {
        return buffer;
    }

    public int restFrom() {
        return restFrom;
    }

    public int restTo() {
        return restTo;
    }

    /** Takes all bytes that no command was found in, from {@link #restFrom()} to {@link #restTo()}. */
    public void takeAll() {
        restFrom = start;
        restTo = end;
        start = end;
        arguments = 0;
    }

    // ---- A line that somebody typed

    private Read inline() {
        int newline = start;
        while (newline < end && buffer[newline] != '\n') {
            newline++;
        }
        if (newline == end) {
            return end - start > MAX_LINE_BYTES ? Read.MALFORMED : Read.NOTHING;
        }
        int lineEnd = newline > start && buffer[newline - 1] == '\r' ? newline - 1 : newline;
        InlineArguments split = InlineArguments.split(buffer, start, lineEnd);
        if (split == null) {
            return Read.MALFORMED;
        }
        if (split.count > 0) {
            command = new Command(
                    names.of(split.text, split.starts[0], split.lengths[0]),
                    buffer,
                    start,
                    newline + 1,
                    split.text,
                    split.starts,
                    split.lengths,
                    split.count,
                    true);
        }
        begin(newline + 1);
        return Read.COMMAND; // without one: an empty line, which has no answer
    }

    // ---- An array of strings

    private Read arrayed() {
        if (wanted < 0) {
            int next = line(start + 1);
            if (next < 0) {
                return next == INCOMPLETE ? Read.NOTHING : Read.MALFORMED;
            }
            wanted = lineNumber;
            at = next;
            if (wanted <= 0) {
                begin(next);
                return Read.COMMAND; // no command, and no answer
            }
        }
        // Redis may have said since the last bytes that this is a stranger.
        if (wanted > maxArguments || argumentBytes > maxArgumentBytes) {
            return Read.MALFORMED;
        }
        while (arguments < wanted) {
            if (argumentBytes < 0 && !argumentBegins()) {
                return argumentBytes == Decimal.NONE ? Read.MALFORMED : incomplete();
            }
            if (end - at < argumentBytes + 2) {
                return incomplete();
            }
            addArgument();
        }
        command = new Command(name(), buffer, start, at, buffer, starts, lengths, arguments, true);
        begin(at);
        return Read.COMMAND;
    }

    private String name() {
        return arguments == 0 ? "" : names.of(buffer, starts[0], lengths[0]);
    }

    /** Reads the line before an argument. Sets its length; {@link Decimal#NONE} if the line is malformed. */
    private boolean argumentBegins() {
        if (at == end) {
            return false;
        }
        int next = buffer[at] == '$' ? line(at + 1) : MALFORMED_LINE;
        if (next == INCOMPLETE) {
            return false;
        }
        if (next < 0 || lineNumber < 0 || lineNumber > maxArgumentBytes) {
            argumentBytes = Decimal.NONE;
            return false;
        }
        argumentBytes = lineNumber;
        at = next;
        return true;
    }

    private void addArgument() {
        if (arguments == starts.length) {
            starts = Arrays.copyOf(starts, arguments * 2);
            lengths = Arrays.copyOf(lengths, arguments * 2);
        }
        starts[arguments] = at;
        lengths[arguments++] = (int) argumentBytes;
        at += (int) argumentBytes + 2;
        argumentBytes = -1;
    }

    /** More bytes must arrive. If too many are held already, those that are here are returned. */
    private Read incomplete() {
        if (end - start < MAX_HELD_BYTES) {
            return Read.NOTHING;
        }
        // A line of a length that is not whole stays.
        int upTo = argumentBytes < 0 ? at : end;
        command = new Command(name(), buffer, start, upTo, buffer, starts, lengths, arguments, false);
        streamedBytes = argumentBytes < 0 ? 0 : argumentBytes + 2 - (end - at);
        wanted -= argumentBytes < 0 ? arguments : arguments + 1;
        arguments = 0;
        argumentBytes = -1;
        isStreaming = true;
        start = upTo;
        return Read.COMMAND;
    }

    /** Passes on what belongs to the command whose beginning was returned. */
    private Read stream() {
        restFrom = start;
        at = start;
        while (at < end || streamedBytes == 0) {
            if (streamedBytes > 0) {
                int bytes = (int) Math.min(streamedBytes, end - at);
                at += bytes;
                streamedBytes -= bytes;
            } else if (wanted == 0) {
                isStreaming = false;
                break;
            } else if (argumentBegins()) {
                streamedBytes = argumentBytes + 2;
                argumentBytes = -1;
                wanted--;
            } else if (argumentBytes == Decimal.NONE) {
                return Read.MALFORMED;
            } else {
                break;
            }
        }
        restTo = at;
        start = at;
        if (!isStreaming) {
            begin(at);
        }
        return restFrom < restTo ? Read.REST : Read.NOTHING;
    }

    /** Returns whether the beginning of a command was returned whose end has not arrived. */
    public boolean isStreaming() {
        return isStreaming;
    }

    private void begin(int from) {
        start = from;
        at = from;
        wanted = -1;
        argumentBytes = -1;
        arguments = 0;
        if (starts.length > KEPT_ARGUMENTS) {
            starts = new int[FEW_ARGUMENTS];
            lengths = new int[FEW_ARGUMENTS];
        }
    }

    // ---- A line with a number

    private static final int INCOMPLETE = -1;
    private static final int MALFORMED_LINE = -2;
    private static final int MAX_NUMBER_BYTES = 32;

    private long lineNumber;

    /** Reads a number up to the end of its line. Returns where the next line begins, or one of the constants. */
    private int line(int from) {
        int to = from;
        while (to < end && buffer[to] != '\r') {
            if (to - from > MAX_NUMBER_BYTES) {
                return MALFORMED_LINE;
            }
            to++;
        }
        if (to + 1 >= end) {
            return INCOMPLETE;
        }
        lineNumber = Decimal.parse(buffer, from, to);
        return lineNumber == Decimal.NONE ? MALFORMED_LINE : to + 2; // Redis does not look at the byte behind \r
    }
}
