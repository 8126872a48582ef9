package dev.freshet.resp.client;

import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.Found;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.Decimal;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.tracking.Tracking;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers reads from copies, as Redis would. Safe to use from any thread; never blocks. */
final class LocalReads {

    /** A read that copies can answer, with how many arguments it has. */
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

    LocalReads(KeyMap keys, Tracking tracking) {
        this.keys = keys;
        this.tracking = tracking;
    }

    /** Whether copies can answer such a command at all. */
    static boolean isOne(Command command) {
        Kind kind = KINDS.get(command.name());
        return kind != null && command.arguments() >= kind.least && command.arguments() <= kind.most;
    }

    /**
     * Answers a command that {@link #isOne} accepts.
     *
     * @return null if the answer was appended; else why there is none here. Copies that are missing are then being fetched
     */
    @Nullable
    Forwarded answer(Command command, Buffer to, boolean isResp3) {
        Kind kind = KINDS.get(command.name());
        if (kind == null) {
            return Forwarded.COMMAND;
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
        String key = command.utf8(1);
        Copies<?> copies = key == null ? null : keys.find(key);
        if (key == null || copies == null) {
            return Forwarded.NO_RULE;
        }
        long loggedAgeNanos = copies.confirmedAgeNanos(); // before the read
        long trackedAgeNanos = tracking.confirmedAgeNanos();
        Object found = look(command, 1);
        if (!(found instanceof Found one)) {
            return (Forwarded) found;
        }
        ExactRead.begin(to);
        if (one.bytes() == null) {
            Replies.none(to, isResp3);
        } else {
            Replies.string(to, one.bytes());
        }
        ExactRead.endOfCopy(to, copies, loggedAgeNanos, trackedAgeNanos);
        return null;
    }

    private @Nullable Forwarded single(Kind kind, Command command, Buffer to, boolean isResp3) {
        String key = command.utf8(1);
        Copies<?> copies = key == null ? null : keys.find(key);
        if (key == null || copies == null) {
            return Forwarded.NO_RULE;
        }
        if (!isProven(copies)) {
            return Forwarded.TRACKING;
        }
        Found found = copies.find(key);
        if (found == null) {
            tracking.fill(copies, key);
            return Forwarded.MISS;
        }
        Buffer value = found.bytes();
        switch (kind) {
            case GET -> {
                if (value == null) {
                    Replies.none(to, isResp3);
                } else {
                    Replies.string(to, value);
                }
            }
            case STRLEN -> Replies.integer(to, value == null ? 0 : value.length());
            case PTTL -> Replies.integer(to, copies.remainingMillis(found));
            case TTL -> {
                long millis = copies.remainingMillis(found);
                Replies.integer(to, millis < 0 ? millis : (millis + 500) / 1000); // rounded, as by Redis
            }
            default -> {
                return range(command, value, to);
            }
        }
        return null;
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
        Forwarded why = null;
        for (int i = 1; i < command.arguments(); i++) {
            Object found = look(command, i);
            if (found instanceof Found one) {
                count += one.bytes() == null ? 0 : 1;
            } else {
                why = (Forwarded) found;
            }
        }
        if (why == null) {
            Replies.integer(to, count);
        }
        return why;
    }

    /** Only if all are strings: of a key of another type, MGET says that there is none. */
    private @Nullable Forwarded several(Command command, Buffer to) {
        Buffer[] values = new Buffer[command.arguments() - 1];
        Forwarded why = null;
        long bytes = 0;
        for (int i = 0; i < values.length; i++) {
            Object found = look(command, i + 1);
            if (found instanceof Found one && one.bytes() != null) {
                values[i] = one.bytes();
                bytes += values[i].length();
            } else {
                why = found instanceof Forwarded other ? other : Forwarded.MISS;
            }
        }
        if (why == null && bytes > MAX_ANSWER_BYTES) {
            return Forwarded.SLOW_CLIENT; // which may never take it: Redis has more memory for that
        }
        if (why == null) {
            Replies.array(to, values.length);
            for (Buffer value : values) {
                Replies.string(to, value);
            }
        }
        return why;
    }

    /** Returns a {@link Found}, or why there is none; then the copy is being fetched. */
    private Object look(Command command, int argument) {
        String key = command.utf8(argument);
        Copies<?> copies = key == null ? null : keys.find(key);
        if (key == null || copies == null) {
            return Forwarded.NO_RULE;
        }
        if (!isProven(copies)) {
            return Forwarded.TRACKING;
        }
        Found found = copies.find(key);
        if (found == null) {
            tracking.fill(copies, key);
            return Forwarded.MISS;
        }
        return found;
    }

    private boolean isProven(Copies<?> copies) {
        return copies.boundNanos() == Long.MAX_VALUE || tracking.confirmedAgeNanos() <= copies.boundNanos();
    }
}
