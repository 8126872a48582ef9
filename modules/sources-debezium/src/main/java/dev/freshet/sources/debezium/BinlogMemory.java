package dev.freshet.sources.debezium;

import dev.freshet.bus.BusException;
import dev.freshet.bus.source.CheckpointStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How far a binlog was read, and how its tables were defined there: both are needed to go on, since rows in a binlog bear no
 * names of columns. Kept in Redis, because MariaDB has no place for a reader's position.
 *
 * <p>A position that was just taken counts only once the definitions that belong to it are known; until then nothing is
 * written, and whoever dies begins anew. Safe to use from any thread.
 */
final class BinlogMemory implements EngineOffsets.Keeper, EngineRun.Gate {

    /** More changes of definitions are not remembered: then everything is read anew. */
    static final int MAX_DEFINITIONS = 1_000;

    private static final String OFFSET = "offset";
    private static final String RULES = "rules";
    private static final String DEFINITION = "definition:";
    private static final Pattern FILE = Pattern.compile("\"file\"\\s*:\\s*\"([^\"]+)\"");

    private final CheckpointStore redis;
    private final CountDownLatch settled = new CountDownLatch(1);
    private final List<String> definitions = new ArrayList<>();
    private String offset = "";
    private String rules = "";
    private @Nullable RuntimeException failure;

    BinlogMemory(CheckpointStore redis) {
        this.redis = redis;
    }

    /**
     * Loads what the last run left, and becomes the only one who may write.
     *
     * @param currentRules the digest of the rules
     * @return why changes may be missing, so that reading must begin anew; null if it can go on
     */
    synchronized @Nullable String load(String currentRules) {
        Map<String, String> fields = redis.take();
        rules = currentRules;
        offset = fields.getOrDefault(OFFSET, "");
        for (int i = 0; fields.containsKey(DEFINITION + i); i++) {
            definitions.add(String.valueOf(fields.get(DEFINITION + i)));
        }
        if (offset.isEmpty()) {
            return "it is not known how far the binlog was read";
        }
        if (!currentRules.equals(fields.get(RULES))) {
            return "the rules are not those of the last run";
        }
        if (definitions.isEmpty() || definitions.size() > MAX_DEFINITIONS) {
            return "the tables' definitions changed too often to be remembered";
        }
        settled.countDown();
        return null;
    }

    /** The binlog's file that the offset is in. */
    synchronized String file() {
        Matcher matcher = FILE.matcher(offset);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Begins anew at a position. Nothing is written before {@link #settle}. */
    synchronized void begin(String position, String currentRules) {
        offset = position;
        rules = currentRules;
    }

    /** Writes what was begun: the definitions are those at the position, and everything before it is invalidated. */
    synchronized void settle() {
        Map<String, String> fields = new HashMap<>(Map.of(OFFSET, offset, RULES, rules));
        for (int i = 0; i < definitions.size(); i++) {
            fields.put(DEFINITION + i, definitions.get(i));
        }
        redis.replace(fields);
        settled.countDown();
    }

    /** Forgets everything, so that the next run begins anew. */
    void forget() {
        redis.replace(Map.of());
    }

    @Override
    public boolean isOpen() {
        return settled.getCount() == 0;
    }

    @Override
    public void await() throws InterruptedException {
        settled.await();
    }

    /** How tables were defined, in the order of the binlog; each is a record of the engine's. */
    synchronized List<String> definitions() {
        return List.copyOf(definitions);
    }

    /**
     * Remembers a definition.
     *
     * @throws BusException if it cannot be written; then the engine must not go on
     */
    synchronized void define(String definition) {
        if (isOpen()) {
            write(Map.of(DEFINITION + definitions.size(), definition));
        }
        definitions.add(definition);
    }

    @Override
    public synchronized String offset() {
        return offset;
    }

    @Override
    public synchronized void keep(String newOffset) {
        write(Map.of(OFFSET, newOffset));
        offset = newOffset;
    }

    private void write(Map<String, String> fields) {
        try {
            redis.write(fields);
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    /** Returns why something could not be written, or null. */
    synchronized @Nullable RuntimeException failure() {
        return failure;
    }
}
