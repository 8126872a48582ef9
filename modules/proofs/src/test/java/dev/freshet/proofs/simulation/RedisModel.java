package dev.freshet.proofs.simulation;

import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One life of a Redis server: from its start, when it draws a run_id, to its end. Knows as much of Redis as our scripts
 * use, with the errors that it answers. Values are texts with one byte a character.
 */
final class RedisModel {

    /** A stream, whose ids are {@code <seq>-0}. Its last id stays when entries go. */
    static final class Log {
        final TreeMap<Long, String> entries = new TreeMap<>();
        long lastId;

        Log copy() {
            Log copy = new Log();
            copy.entries.putAll(entries);
            copy.lastId = lastId;
            return copy;
        }
    }

    private static final String WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";

    private final World world;
    final String runId;
    private long clockOffsetMicros;
    private final Map<String, Object> data = new LinkedHashMap<>();
    private final Set<Wire> wires = new LinkedHashSet<>();

    /** Which history of writes this is; a replica has its master's. */
    String replicationId;

    /** Whom this server follows; null: it is a master. */
    @Nullable
    RedisModel master;

    /** Whether somebody set its clock back, so that it may not say when its epochs began. */
    boolean wasSetBack;

    /** Since when this master has no replicas, if it has none although it should; -1: it is not cut off. */
    long isolatedAtMicros = -1;

    /** Is there where head and log may contradict each other; replicas and files have it with the rest. */
    private static final String DAMAGE = "damage";

    /** When somebody last appended; replicas and files have it with the rest. */
    private static final String APPENDED = "appended";

    /** The so-manieth write of the script that runs now fails; 0: none. */
    int failingWrite;

    RedisModel(World world, String runId, String replicationId, long clockOffsetMicros) {
        this.world = world;
        this.runId = runId;
        this.replicationId = replicationId;
        this.clockOffsetMicros = clockOffsetMicros;
    }

    /** Takes another server's data, as a full synchronisation or a restart from a file does. */
    void load(Map<String, Object> from) {
        data.clear();
        data.putAll(copy(from));
    }

    Map<String, Object> snapshot() {
        return copy(data);
    }

    private static Map<String, Object> copy(Map<String, Object> from) {
        Map<String, Object> copy = new LinkedHashMap<>();
        from.forEach((key, value) -> copy.put(
                key,
                value instanceof Log log
                        ? log.copy()
                        : value instanceof Map<?, ?> hash ? new LinkedHashMap<>(hash) : value));
        return copy;
    }

    /** A text with a time to live. It is there until it is removed, so that a clock that is set back finds it again. */
    private record Expiring(String text, long atMillis) {}

    /** Somebody sets the server's clock. */
    void stepClock(long micros) {
        clockOffsetMicros += micros;
        wasSetBack |= micros < 0;
        world.clocksWereSet = true;
    }

    long timeMicros() {
        return world.nowMicros() + clockOffsetMicros;
    }

    boolean isMaster() {
        return master == null;
    }

    /** A master that is cut off from its replicas refuses to write after {@code min-replicas-max-lag}. */
    boolean refusesWrites() {
        return isolatedAtMicros >= 0 && world.nowMicros() - isolatedAtMicros > World.MAX_LAG_MICROS;
    }

    /** How many disruptions the world has seen. */
    long disruptions() {
        return world.disruptions();
    }

    // ---- subscribing

    void subscribe(Wire wire) {
        wires.add(wire);
    }

    void unsubscribe(Wire wire) {
        wires.remove(wire);
    }

    Set<Wire> wires() {
        return wires;
    }

    private long publish(String channel, String payload) {
        long heard = 0;
        byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
        for (Wire wire : List.copyOf(wires)) {
            if (wire.listensTo(channel)) {
                wire.send(channel, bytes);
                heard++;
            }
        }
        // What a master publishes reaches its replicas' subscribers as well.
        world.replicasOf(this).forEach(replica -> replica.publish(channel, payload));
        return heard;
    }

    // ---- commands

    /**
     * Runs a command.
     *
     * @throws RedisError as Redis would answer
     */
    @Nullable
    Object execute(List<String> words) {
        String key = words.size() > 1 ? words.get(1) : "";
        return switch (words.get(0)) {
            case "TIME" -> List.of(Long.toString(timeMicros() / 1_000_000), Long.toString(timeMicros() % 1_000_000));
            case "INFO" -> info(key);
            case "HMGET" -> hmget(hash(key, false), words.subList(2, words.size()));
            case "HGET" -> hash(key, false).get(words.get(2));
            case "HSET" -> hset(writable(key, true), words.subList(2, words.size()));
            case "HGETALL" -> hgetall(hash(key, false));
            case "HDEL" -> writable(key, false).remove(words.get(2)) == null ? 0L : 1L;
            case "HLEN" -> (long) hash(key, false).size();
            case "DEL", "UNLINK" -> del(words.subList(1, words.size()));
            case "GET" -> get(key);
            case "SET" -> set(key, words.get(2), Long.parseLong(words.get(4)));
            case "PTTL" -> pttl(key);
            case "XADD" -> xadd(key, words);
            case "XRANGE" -> texts(range(key, sequence(words.get(2)), sequence(words.get(3)), Integer.MAX_VALUE));
            case "XTRIM" -> xtrim(key, words.get(4));
            case "PUBLISH", "SPUBLISH" -> publish(key, words.get(2));
            default -> throw new RedisError("ERR unknown command '" + words.get(0) + "'");
        };
    }

    private String info(String section) {
        return section.equals("server")
                ? "# Server\r\nrun_id:" + runId + "\r\n"
                : "# Replication\r\nrole:" + (isMaster() ? "master" : "slave") + "\r\nmaster_replid:" + replicationId
                        + "\r\n";
    }

    private void beforeWrite() {
        if (!isMaster()) {
            throw new RedisError("READONLY You can't write against a read only replica.");
        }
        if (refusesWrites()) {
            throw new RedisError("NOREPLICAS Not enough good replicas to write.");
        }
        if (failingWrite > 0 && --failingWrite == 0) {
            damage();
            throw new RedisError("OOM command not allowed when used memory > 'maxmemory'.");
        }
    }

    Map<String, String> hash(String key) {
        return hash(key, false);
    }

    @SuppressWarnings("unchecked") // the only maps in here
    private Map<String, String> hash(String key, boolean creates) {
        Object value = data.get(key);
        if (value == null) {
            Map<String, String> hash = new LinkedHashMap<>();
            if (creates) {
                data.put(key, hash);
            }
            return hash;
        }
        if (value instanceof Map<?, ?> hash) {
            return (Map<String, String>) hash;
        }
        throw new RedisError(WRONG_TYPE);
    }

    private Map<String, String> writable(String key, boolean creates) {
        beforeWrite();
        return hash(key, creates);
    }

    private static List<@Nullable Object> hmget(Map<String, String> hash, List<String> fields) {
        List<@Nullable Object> values = new ArrayList<>();
        fields.forEach(field -> values.add(hash.get(field)));
        return values;
    }

    private static List<String> hgetall(Map<String, String> hash) {
        List<String> all = new ArrayList<>();
        hash.forEach((field, value) -> {
            all.add(field);
            all.add(value);
        });
        return all;
    }

    private static long sequence(String id) {
        try {
            return Long.parseLong(id.substring(0, id.indexOf('-')));
        } catch (NumberFormatException e) {
            throw new RedisError("ERR Invalid stream ID specified as stream command argument");
        }
    }

    /** Entries as a script sees them. */
    private static List<Object> texts(@Nullable List<List<Object>> entries) {
        if (entries == null) {
            throw new RedisError(WRONG_TYPE);
        }
        List<Object> texts = new ArrayList<>();
        for (List<Object> entry : entries) {
            List<Object> fields = new ArrayList<>();
            ((List<?>) entry.get(1))
                    .forEach(field -> fields.add(new String((byte[]) field, StandardCharsets.ISO_8859_1)));
            texts.add(List.of(new String((byte[]) entry.get(0), StandardCharsets.ISO_8859_1), fields));
        }
        return texts;
    }

    private static long hset(Map<String, String> hash, List<String> pairs) {
        for (int i = 0; i < pairs.size(); i += 2) {
            hash.put(pairs.get(i), pairs.get(i + 1));
        }
        return pairs.size() / 2;
    }

    private long del(List<String> keys) {
        beforeWrite();
        long gone = 0;
        for (String key : keys) {
            gone += data.remove(key) == null ? 0 : 1;
        }
        return gone;
    }

    private @Nullable String get(String key) {
        Object value = data.get(key);
        if (value != null && !(value instanceof Expiring) && !(value instanceof String)) {
            throw new RedisError(WRONG_TYPE);
        }
        return value instanceof Expiring expiring ? isOver(expiring) ? null : expiring.text : (String) value;
    }

    private boolean isOver(Expiring value) {
        return timeMicros() / 1_000 >= value.atMillis;
    }

    /** SET key value PX milliseconds. */
    private String set(String key, String text, long millis) {
        beforeWrite();
        data.put(key, new Expiring(text, timeMicros() / 1_000 + millis));
        return "OK";
    }

    private long pttl(String key) {
        Object value = data.get(key);
        if (value instanceof Expiring expiring) {
            return isOver(expiring) ? -2 : expiring.atMillis - timeMicros() / 1_000;
        }
        return value == null ? -2 : -1;
    }

    /** XADD key MAXLEN ~ count id field value. */
    private String xadd(String key, List<String> words) {
        beforeWrite();
        Object value = data.get(key);
        if (value != null && !(value instanceof Log)) {
            throw new RedisError(WRONG_TYPE);
        }
        Log log = value == null ? new Log() : (Log) value;
        long id = Long.parseLong(words.get(5).substring(0, words.get(5).indexOf('-')));
        if (id <= log.lastId) {
            throw new RedisError("ERR The ID specified in XADD is equal or smaller than the target stream top item");
        }
        data.put(key, log);
        log.lastId = id;
        log.entries.put(id, words.get(7));
        while (log.entries.size() > Integer.parseInt(words.get(4))) {
            log.entries.pollFirstEntry();
        }
        return words.get(5);
    }

    private long xtrim(String key, String leastId) {
        beforeWrite();
        long least = Long.parseLong(leastId.substring(0, leastId.indexOf('-')));
        if (data.get(key) instanceof Log log) {
            log.entries.headMap(least).clear();
        }
        return 0;
    }

    /** XRANGE, or null where the key holds no stream. */
    @Nullable
    List<List<Object>> range(String key, long from, long to, int count) {
        Object value = data.get(key);
        if (value != null && !(value instanceof Log)) {
            return null;
        }
        List<List<Object>> found = new ArrayList<>();
        if (value instanceof Log log && from <= to) {
            for (Map.Entry<Long, String> entry :
                    log.entries.subMap(from, true, to, true).entrySet()) {
                if (found.size() == count) {
                    break;
                }
                found.add(List.of(
                        (entry.getKey() + "-0").getBytes(StandardCharsets.US_ASCII),
                        List.of(
                                "r".getBytes(StandardCharsets.US_ASCII),
                                entry.getValue().getBytes(StandardCharsets.ISO_8859_1))));
            }
        }
        return found;
    }

    // ---- what strangers and settings do to it

    /** Notes that head and log may contradict each other, because somebody meddled or a script ended halfway. */
    void damage() {
        data.put(DAMAGE, "");
    }

    void appended() {
        data.put(APPENDED, world.nowMicros());
    }

    /** How long ago somebody appended what this server has. */
    long appendedAgoMicros() {
        return data.get(APPENDED) instanceof Long at ? world.nowMicros() - at : Long.MAX_VALUE;
    }

    boolean isDamaged() {
        return data.containsKey(DAMAGE);
    }

    void repaired() {
        data.remove(DAMAGE);
    }

    @Nullable
    Log log(String key) {
        return data.get(key) instanceof Log log ? log : null;
    }

    /** Takes the last so many records away, from the log and from the head, as if they had never been. */
    void setBack(RedisNames names, int records) {
        damage();
        String sequence = headField(names.head(), "seq");
        Log log = log(names.log());
        if (sequence != null && log != null) {
            long back = Math.max(0, Long.parseLong(sequence) - records);
            hash(names.head()).put("seq", Long.toString(back));
            log.entries.tailMap(back, false).clear();
            log.lastId = back;
        }
    }

    void put(String key, Object value) {
        data.put(key, value);
    }

    void remove(String key) {
        data.remove(key);
    }

    void flush() {
        data.clear();
    }

    @Nullable
    String headField(String key, String field) {
        return data.get(key) instanceof Map<?, ?> hash && hash.get(field) instanceof String text ? text : null;
    }

    @Override
    public String toString() {
        return runId;
    }
}
