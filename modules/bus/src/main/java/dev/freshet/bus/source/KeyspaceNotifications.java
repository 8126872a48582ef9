package dev.freshet.bus.source;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;

/** Checks and sets Redis' setting {@code notify-keyspace-events}, so that Redis notifies of certain events. Stateless. */
public final class KeyspaceNotifications {

    /** The name of the setting. */
    public static final String SETTING = "notify-keyspace-events";

    /** The letters that A stands for; on some versions one more; never m and n. */
    private static final String ALL_CLASSES = "g$lshzxetd";

    private static final Map<Character, List<String>> EVENTS_BY_CLASS = Map.of(
            'x', List.of("expired"),
            'e', List.of("evicted"),
            '$', List.of("set", "setrange", "append", "incrby", "incrbyfloat"),
            'h', List.of("hset", "hdel", "hincrby", "hincrbyfloat", "hexpire", "hexpired", "hpersist"),
            'l', List.of("lpush", "rpush", "lpop", "rpop", "linsert", "lset", "lrem", "ltrim", "sortstore"),
            's', List.of("sadd", "srem", "spop", "sinterstore", "sunionstore", "sdiffstore"),
            'n', List.of("new"),
            'm', List.of("keymiss"),
            'g',
                    List.of(
                            "del",
                            "expire",
                            "persist",
                            "rename_from",
                            "rename_to",
                            "move_from",
                            "move_to",
                            "copy_to",
                            "restore"));

    private static final Map<String, Character> CLASS_BY_EVENT = byEvent();

    private KeyspaceNotifications() {}

    private static Map<String, Character> byEvent() {
        Map<String, Character> classes = new LinkedHashMap<>();
        EVENTS_BY_CLASS.forEach((letter, events) -> events.forEach(event -> classes.put(event, letter)));
        return Map.copyOf(classes);
    }

    /**
     * Returns the letters that the setting lacks, in order; empty if it covers all of these events. For an event whose class
     * is not known here, every class is required.
     */
    public static String missing(String setting, Set<String> events) {
        Set<Character> wanted = new TreeSet<>();
        wanted.add('E');
        for (String event : events) {
            wanted.add(CLASS_BY_EVENT.getOrDefault(event, 'A'));
        }
        return wanted.stream()
                .filter(letter -> !holds(setting, letter))
                .map(String::valueOf)
                .collect(Collectors.joining());
    }

    private static boolean holds(String setting, char letter) {
        if (setting.indexOf(letter) >= 0) {
            return true;
        }
        if (letter == 'A') {
            // A server writes all classes as A. A server that is too old for d has no such events either.
            return "g$lshzxet".chars().allMatch(each -> setting.indexOf(each) >= 0);
        }
        return setting.indexOf('A') >= 0 && ALL_CLASSES.indexOf(letter) >= 0;
    }

    /**
     * Makes sure that a server notifies of the events; adds what the setting lacks if that is wanted.
     *
     * @throws BusException if it does not; the message says what to do
     */
    static void require(RedisConnection connection, KeyspaceFeedConfig config) {
        if (config.notifications() == KeyspaceFeedConfig.Notifications.ASSUME) {
            return;
        }
        String present = read(connection, config);
        String missing = missing(present, config.events());
        if (missing.isEmpty()) {
            return;
        }
        String remedy = "CONFIG SET " + SETTING + " " + present + missing;
        if (config.notifications() == KeyspaceFeedConfig.Notifications.CHECK) {
            throw new BusException(lacks(connection, present, config) + "; say " + remedy);
        }
        try {
            connection.text(Protocol.Command.CONFIG, "SET", SETTING, present + missing);
        } catch (JedisDataException e) {
            throw new BusException(
                    lacks(connection, present, config) + ", and this user may not set it (" + e.getMessage() + "); say "
                            + remedy,
                    e);
        }
        if (!missing(read(connection, config), config.events()).isEmpty()) {
            throw new BusException(lacks(connection, present, config) + ", and does not keep it; say " + remedy);
        }
    }

    /**
     * Makes sure that a server still notifies of the events.
     *
     * @throws BusException if it does not: some events may be missed already
     */
    static void requireStill(RedisConnection connection, KeyspaceFeedConfig config) {
        if (config.notifications() != KeyspaceFeedConfig.Notifications.ASSUME) {
            String present = read(connection, config);
            if (!missing(present, config.events()).isEmpty()) {
                throw new BusException(lacks(connection, present, config) + "; somebody took back what it was");
            }
        }
    }

    private static String lacks(RedisConnection connection, String present, KeyspaceFeedConfig config) {
        return "Redis at " + connection.node() + " does not tell of " + String.join(", ", config.events())
                + ": its setting " + SETTING + " is \"" + present + "\"";
    }

    private static String read(RedisConnection connection, KeyspaceFeedConfig config) {
        List<?> pair;
        try {
            pair = connection.list(Protocol.Command.CONFIG, "GET", SETTING);
        } catch (JedisDataException e) {
            throw new BusException(
                    "Redis at " + connection.node() + " does not let this user read its setting " + SETTING + " ("
                            + e.getMessage() + "); see that it holds \"" + missing("", config.events())
                            + "\", and then have it assumed (notifications: assume)",
                    e);
        }
        return pair.size() < 2 ? "" : String.valueOf(RedisConnection.asText(pair.get(1)));
    }
}
