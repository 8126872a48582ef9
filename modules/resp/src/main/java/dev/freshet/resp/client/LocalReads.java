package dev.freshet.resp.client;

import dev.freshet.resp.commands.CommandTable;
import dev.freshet.resp.commands.StructureCommands;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.Found;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.Decimal;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.tracking.Question;
import dev.freshet.resp.tracking.Touches;
import dev.freshet.resp.tracking.Tracking;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Answers reads from copies, as Redis would. One event loop; never blocks. */
final class LocalReads {

    /** A read that copies of strings can answer, with how many arguments it has. */
    private enum Kind {
        GET(2, 2),
        STRLEN(2, 2),
        GETRANGE(4, 4),
        TTL(2, 2),
        PTTL(2, 2),
        EXISTS(2, Integer.MAX_VALUE),
        MGET(2, Integer.MAX_VALUE);

        final int least;
        final int most;

        Kind(int least, int most) {
            this.least = least;
            this.most = most;
        }
    }

    private static final Map<String, Kind> KINDS = Map.of(
            "GET", Kind.GET,
            "STRLEN", Kind.STRLEN,
            "GETRANGE", Kind.GETRANGE,
            "SUBSTR", Kind.GETRANGE,
            "TTL", Kind.TTL,
            "PTTL", Kind.PTTL,
            "EXISTS", Kind.EXISTS,
            "MGET", Kind.MGET);

    private static final long MAX_ANSWER_BYTES = 4L << 20;

    private final KeyMap keys;
    private final Tracking tracking;

    private @Nullable CommandTable tableOfRead;
    private String nameOfRead = "";

    /** Why {@link #look} found nothing. */
    private Forwarded why = Forwarded.MISS;

    LocalReads(KeyMap keys, Tracking tracking) {
        this.keys = keys;
        this.tracking = tracking;
    }

    /**
     * Whether it is known of the command, by what {@link #noteRead} noted last, that it is a plain read. Most clients send one and the same
     * again and again.
     */
    boolean isRead(Command command, CommandTable table) {
        return table == tableOfRead && command.isWhole() && command.name().equals(nameOfRead);
    }

    /** Notes a command that is a plain read whatever its arguments are: one without subcommands. */
    void noteRead(Command command, CommandTable table) {
        if (KINDS.containsKey(command.name())) {
            tableOfRead = table;
            nameOfRead = command.name();
        }
    }

    /** Whether copies can answer such a command at all. */
    static boolean isOne(Command command) {
        Kind kind = KINDS.get(command.name());
        return kind == null
                ? StructureCommands.isOne(command)
                : command.arguments() >= kind.least && command.arguments() <= kind.most;
    }

    /**
     * Answers a command that {@link #isOne} accepts.
     *
     * @return null if the answer was appended; else why there is none here. Copies of strings that are missing are then being fetched
     */
    @Nullable
    Forwarded answer(Command command, Buffer to, boolean isResp3) {
        Kind kind = KINDS.get(command.name());
        if (kind == null) {
            return structure(command, to, isResp3);
        }
        return switch (kind) {
            case EXISTS -> exists(command, to);
            case MGET -> several(command, to);
            default -> single(kind, command, to, isResp3);
        };
    }

    /** Answers {@code FRESHET.GET} with a key, as {@link #answer} answers others. */
    @Nullable
    Forwarded exact(Command command, Buffer to, boolean isResp3) {
        Copies<?> copies = copies(command);
        if (copies == null) {
            return Forwarded.NO_RULE;
        }
        long loggedAgeNanos = copies.confirmedAgeNanos(); // before the read
        long trackedAgeNanos = tracking.confirmedAgeNanos();
        Found found = look(command, 1, true);
        if (found == null) {
            return why;
        }
        if (found.isAnswers()) {
            return Forwarded.COMMAND;
        }
        touch(command, 1);
        ExactRead.begin(to);
        value(found.bytes(), to, isResp3);
        ExactRead.endOfCopy(to, copies, loggedAgeNanos, trackedAgeNanos);
        return null;
    }

    /** Returns what is asked, if the command is a read of a hash or set whose answer is to be kept once Redis has given it. */
    @Nullable
    Question question(Command command) {
        String key = command.utf8(1);
        Copies<?> copies = copies(command);
        return key == null || copies == null || !copies.structureReads().contains(command.name())
                ? null
                : StructureReads.question(command, copies, key);
    }

    private @Nullable Copies<?> copies(Command command) {
        String key = command.utf8(1);
        return key == null ? null : keys.find(key);
    }

    private @Nullable Forwarded structure(Command command, Buffer to, boolean isResp3) {
        Copies<?> copies = copies(command);
        if (copies != null && !copies.structureReads().contains(command.name())) {
            return Forwarded.COMMAND;
        }
        Found found = look(command, 1, false);
        if (found == null) {
            return why;
        }
        Forwarded missing = StructureReads.answer(command, found, to, isResp3);
        if (missing == null) {
            touch(command, 1);
        }
        return missing;
    }

    private @Nullable Forwarded single(Kind kind, Command command, Buffer to, boolean isResp3) {
        Found found = look(command, 1, true);
        if (found == null) {
            return why;
        }
        Buffer value = found.bytes();
        switch (kind) {
            case TTL -> {
                long millis = remainingMillis(command, found);
                Replies.integer(to, millis < 0 ? millis : (millis + 500) / 1000); // rounded, as by Redis
                return null;
            }
            case PTTL -> {
                Replies.integer(to, remainingMillis(command, found));
                return null;
            }
            default -> {
                if (found.isAnswers()) {
                    return Forwarded.COMMAND; // no string: Redis says what is wrong
                }
            }
        }
        touch(command, 1);
        switch (kind) {
            case GET -> value(value, to, isResp3);
            case STRLEN -> Replies.integer(to, value == null ? 0 : value.length());
            default -> {
                return range(command, value, to);
            }
        }
        return null;
    }

    private long remainingMillis(Command command, Found found) {
        return Objects.requireNonNull(copies(command)).remainingMillis(found);
    }

    private static void value(@Nullable Buffer value, Buffer to, boolean isResp3) {
        if (value == null) {
            Replies.none(to, isResp3);
        } else {
            Replies.string(to, value);
        }
    }

    private static @Nullable Forwarded range(Command command, @Nullable Buffer value, Buffer to) {
        long from = command.number(2);
        long last = command.number(3);
        if (from == Decimal.NONE || last == Decimal.NONE) {
            return Forwarded.COMMAND; // Redis says what is wrong
        }
        int length = value == null ? 0 : value.length();
        boolean isBackwards = from < 0 && last < 0 && from > last;
        long first = Math.max(0, from < 0 ? length + from : from);
        long end = Math.min(length - 1L, Math.max(0, last < 0 ? length + last : last));
        if (value == null || isBackwards || length == 0 || first > end) {
            Replies.string(to, "");
        } else {
            Replies.string(to, value, (int) first, (int) end + 1);
        }
        return null;
    }

    private @Nullable Forwarded exists(Command command, Buffer to) {
        long count = 0;
        Forwarded missing = null;
        for (int i = 1; i < command.arguments(); i++) {
            Found found = look(command, i, true);
            if (found == null) {
                missing = why;
            } else {
                count += found.bytes() == null ? 0 : 1;
            }
        }
        if (missing == null) {
            Replies.integer(to, count);
        }
        return missing;
    }

    /** Only if all are strings: of a key of another type, MGET says that there is none. */
    private @Nullable Forwarded several(Command command, Buffer to) {
        Buffer[] values = new Buffer[command.arguments() - 1];
        Forwarded missing = null;
        long bytes = 0;
        for (int i = 0; i < values.length; i++) {
            Found found = look(command, i + 1, true);
            Buffer value = found == null || found.isAnswers() ? null : found.bytes();
            if (value == null) {
                missing = found == null ? why : Forwarded.MISS;
            } else {
                values[i] = value;
                bytes += value.length();
            }
        }
        if (missing == null && bytes > MAX_ANSWER_BYTES) {
            return Forwarded.SLOW_CLIENT; // which may never take it: Redis has more memory for that
        }
        if (missing == null) {
            Replies.array(to, values.length);
            for (int i = 0; i < values.length; i++) {
                Replies.string(to, values[i]);
                touch(command, i + 1);
            }
        }
        return missing;
    }

    /**
     * Looks a key up. If nothing is found, {@link #why} says why.
     *
     * @param fetches whether a copy of a string is then fetched
     */
    private @Nullable Found look(Command command, int argument, boolean fetches) {
        String key = command.utf8(argument);
        Copies<?> copies = key == null ? null : keys.find(key);
        if (key == null || copies == null) {
            why = Forwarded.NO_RULE;
            return null;
        }
        if (!isProven(copies)) {
            why = Forwarded.TRACKING;
            return null;
        }
        Found found = copies.find(key);
        if (found == null) {
            why = Forwarded.MISS;
            if (fetches) {
                tracking.fill(copies, key);
            }
        }
        return found;
    }

    /** Notes a read that counts as the key's use. In Redis, EXISTS and TTL do not. */
    private void touch(Command command, int argument) {
        Touches touches = tracking.touches();
        if (touches.samples()) {
            String key = command.utf8(argument);
            if (key != null) {
                touches.read(key);
            }
        }
    }

    private boolean isProven(Copies<?> copies) {
        return copies.boundNanos() == Long.MAX_VALUE || tracking.confirmedAgeNanos() <= copies.boundNanos();
    }
}
