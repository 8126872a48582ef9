package dev.freshet.bus.internal.redis;

import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import redis.clients.jedis.Protocol;

/**
 * Removes regions that nobody uses, with all their keys. A subscriber that comes back later finds another epoch and resets: nobody
 * can prove that it missed nothing. So a region is never removed while a subscriber may still go on where it was.
 */
public final class RegionRemoval {

    private static final Script SCRIPT = Script.load("refusals.lua", "region-remove.lua");

    private static final Set<String> KNOWN = Set.of("replica", "followed", "used", "unused", "changed", "removed");

    /** What becomes of a region. */
    public enum What {
        /** The server is no master: ask the region's master. */
        REPLICA,
        /** It stays: somebody follows it, or did lately. */
        FOLLOWED,
        /** It stays: somebody appended to it lately. */
        USED,
        /** It may be removed. */
        UNUSED,
        /** It stays: it is not as it was when the caller looked. */
        CHANGED,
        /** It was removed. */
        REMOVED
    }

    /**
     * The script's answer.
     *
     * @param state what {@link #remove} needs; empty if the region stays
     * @param lastAppendMicros when somebody last appended to it, on the Redis clock, or when its epoch began; -1: not known
     * @param nowMicros the Redis clock
     * @param changesWithinMicros any member that lives changes the state within this time; -1: the region stays
     */
    public record Answer(What what, String state, long lastAppendMicros, long nowMicros, long changesWithinMicros) {}

    private RegionRemoval() {}

    /** Returns whether a region may be removed. Removes nothing. Blocks for one round trip. */
    public static Answer look(RedisConnection at, RedisNames names, Duration unusedFor) {
        return run(at, names, unusedFor, "");
    }

    /**
     * Removes a region, if it is still as it was when the caller looked; also from the set of all regions. Blocks for a few round
     * trips.
     *
     * @param state as {@link #look} returned it
     */
    public static Answer remove(
            RedisConnector connector,
            Topology topology,
            RedisConnection at,
            RedisNames names,
            Duration unusedFor,
            String state) {
        Answer answer = run(at, names, unusedFor, state);
        if (answer.what() == What.REMOVED) {
            RegionRegistry.remove(connector, topology, at, names.region());
            // Whoever begins it again adds it to the set, which may have been just before it was removed there.
            if (at.list(Protocol.Command.HMGET, names.head(), "epoch").get(0) != null) {
                RegionRegistry.add(connector, topology, at, List.of(names.region()));
            }
        }
        return answer;
    }

    private static Answer run(RedisConnection at, RedisNames names, Duration unusedFor, String state) {
        if (!(call(names, unusedFor, state).run(at) instanceof List<?> reply) || reply.size() != 5) {
            throw at.unexpected("EVALSHA", null);
        }
        String what = String.valueOf(RedisConnection.asText(reply.get(0)));
        if (!KNOWN.contains(what)) {
            throw at.unexpected("EVALSHA", reply);
        }
        return new Answer(
                What.valueOf(what.toUpperCase(Locale.ROOT)),
                String.valueOf(RedisConnection.asText(reply.get(1))),
                micros(reply.get(2)),
                micros(reply.get(3)),
                micros(reply.get(4)));
    }

    private static long micros(Object text) {
        try {
            return Long.parseLong(String.valueOf(RedisConnection.asText(text)));
        } catch (NumberFormatException unknown) {
            return -1;
        }
    }

    /** Returns the script's call; an empty state removes nothing. */
    public static ScriptCall call(RedisNames names, Duration unusedFor, String state) {
        return new ScriptCall(
                SCRIPT,
                List.of(names.head(), names.log(), names.members(), names.fences(0), names.fences(1)),
                List.of(ScriptCall.bytes(Long.toString(unusedFor.toNanos() / 1_000)), ScriptCall.bytes(state)));
    }
}
