package dev.freshet.sources.debezium;

import dev.freshet.bus.source.CheckpointStore;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Remembers in Redis what a source believed of its database when nothing was missing, and how far the engine may have moved the slot.
 *
 * <p>The slot itself keeps the offset. But a slot does not say whether it is the one that was read: if somebody drops it and creates
 * it again, it begins later. So each position is written before the engine moves the slot there; a slot beyond the last written position was
 * moved by somebody else. Safe to use from any thread.
 */
final class PostgresMemory implements EngineOffsets.Keeper {

    private static final String POSITION = "position";
    private static final String FACT = "fact:";
    private static final Pattern LSN = Pattern.compile("\"lsn(?:_proc|_commit)?\"\\s*:\\s*(\\d+)");

    private final CheckpointStore redis;
    private final Map<String, String> facts = new TreeMap<>();
    private String offset = "";
    private long position = -1;
    private @Nullable RuntimeException failure;

    PostgresMemory(CheckpointStore redis) {
        this.redis = redis;
    }

    /** Loads what the last run wrote, and becomes the only writer. */
    synchronized void load() {
        Map<String, String> fields = redis.take();
        fields.forEach((field, value) -> {
            if (field.startsWith(FACT)) {
                facts.put(field.substring(FACT.length()), value);
            }
        });
        position = Long.parseLong(fields.getOrDefault(POSITION, "-1"));
    }

    /** What was believed when nothing was missing; empty if something was. */
    synchronized Map<String, String> facts() {
        return Map.copyOf(facts);
    }

    /** The furthest position that the slot may have; -1 if it is not known. */
    synchronized long position() {
        return position;
    }

    /** Forgets what was believed, so that whoever reads next invalidates everything. */
    synchronized void forget() {
        facts.clear();
        redis.replace(Map.of());
    }

    /** Starts at a position of the slot. */
    synchronized void begin(long slotPosition) {
        offset = "{\"lsn\":" + slotPosition + ",\"ts_usec\":0}";
        position = slotPosition;
    }

    /** Remembers what is believed: nothing is missing. */
    synchronized void complete(Map<String, String> believed) {
        facts.clear();
        facts.putAll(believed);
        Map<String, String> fields = new HashMap<>();
        believed.forEach((fact, value) -> fields.put(FACT + fact, value));
        fields.put(POSITION, Long.toString(position));
        redis.replace(fields);
    }

    @Override
    public synchronized String offset() {
        return offset;
    }

    @Override
    public synchronized void keep(String newOffset) {
        long furthest = position;
        Matcher matcher = LSN.matcher(newOffset);
        while (matcher.find()) {
            furthest = Math.max(furthest, Long.parseLong(matcher.group(1)));
        }
        if (furthest > position) {
            try {
                redis.write(Map.of(POSITION, Long.toString(furthest)));
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
            position = furthest;
        }
        offset = newOffset;
    }

    /** Returns why a position could not be written, or null. */
    synchronized @Nullable RuntimeException failure() {
        return failure;
    }
}
