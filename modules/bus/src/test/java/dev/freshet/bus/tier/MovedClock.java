package dev.freshet.bus.tier;

import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The clock of a Redis server, as its tier sees it: nobody can set the real one, but to move all that is stored with a time has
 * the same effect. Values whose time is over count as not removed yet, so that a clock that is set back finds them again, as it
 * may in Redis.
 */
final class MovedClock {

    private static final Pattern VALUE = Pattern.compile("^(\\S+ \\S+ )(\\d+)( .*)$", Pattern.DOTALL);

    private final RedisServer server;
    private final RedisNames names;
    private final List<String> values;

    /** Values that are over, with the milliseconds since. */
    private final Map<String, Long> over = new HashMap<>();

    private final Map<String, String> frames = new HashMap<>();

    /** @param keys of which values may lie in the tier */
    MovedClock(RedisServer server, RedisNames names, List<String> keys) {
        this.server = server;
        this.names = names;
        this.values = keys.stream()
                .flatMap(key -> Stream.of(names.value(key), names.value(7, key)))
                .toList();
    }

    /** Moves the clock; a negative duration sets it back. */
    void moveBy(Duration duration) {
        long millis = duration.toMillis();
        String tier = server.execute("HGET", names.head(), "tier");
        if (!tier.isEmpty()) {
            String[] words = tier.split(" ", -1);
            words[3] = Long.toString(Long.parseLong(words[3]) - millis);
            String[] told = server.execute("HGET", names.head(), "told").split(" ", -1);
            if (told.length > 1) {
                told[1] = Long.toString(Long.parseLong(told[1]) - millis);
            }
            server.execute("HSET", names.head(), "tier", String.join(" ", words), "told", String.join(" ", told));
        }
        for (String name : values) {
            moveValue(name, millis);
        }
    }

    private void moveValue(String name, long millis) {
        String frame = server.execute("TYPE", name).equals("string") ? server.execute("GET", name) : "";
        long left = frame.isEmpty() ? 0 : Long.parseLong(server.execute("PTTL", name));
        if (frame.isEmpty()) {
            Long since = over.get(name);
            if (since == null) {
                return;
            }
            frame = frames.getOrDefault(name, "");
            left = -since;
        } else {
            over.remove(name);
            if (left < 0) {
                return; // a stranger's
            }
        }
        MatchResult match = VALUE.matcher(frame).results().findFirst().orElse(null);
        if (match == null) {
            return;
        }
        String moved = match.group(1) + (Long.parseLong(match.group(2)) - millis) + match.group(3);
        frames.put(name, moved);
        left -= millis;
        if (left > 0) {
            over.remove(name);
            server.execute("SET", name, moved, "PX", Long.toString(left));
        } else {
            over.put(name, -left);
            server.execute("DEL", name);
        }
    }

    /** A lease whose time moves with the clock. */
    static TierLease moved(TierLease lease, Duration duration) {
        return new TierLease(lease.head(), lease.tick(), lease.redisMillis() - duration.toMillis());
    }
}
