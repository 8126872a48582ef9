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
 * How far a binlog was read, and the table definitions at that position. Reading on needs both, since rows in a binlog have no
 * column names. Redis keeps them, because MariaDB has no place for a reader's position.
 *
 * <p>A new position counts only after the table definitions at that position are known. Until then nothing is written, and
 * a reader that dies starts over. Safe to use from any thread.
 */
final class BinlogMemory implements EngineOffsets.Keeper, EngineRun.Gate {

    /** The maximum number of stored definitions. Beyond it everything is read anew. */
    static final int MAX_DEFINITIONS = 1_000;

    private static final String OFFSET = "offset";
    private static final String RULES = "rules";
    private static final String MADE = "made";
    private static final String MADE_AT = "made-at";
    private static final String DEFINITION = "definition:";
    private static final Pattern POSITION = Pattern.compile("\"pos\"\\s*:\\s*(\\d+)");
    private static final Pattern FILE = Pattern.compile("\"file\"\\s*:\\s*\"([^\"]+)\"");

    private final CheckpointStore redis;
    private final CountDownLatch settled = new CountDownLatch(1);
    private final List<String> definitions = new ArrayList<>();
    private String offset = "";
    private String rules = "";
    private String made = "";
    private String madeAt = "";
    private @Nullable RuntimeException failure;

    BinlogMemory(CheckpointStore redis) {
        this.redis = redis;
    }

    /**
     * Loads what the last run stored, and makes this instance the only one that may write.
     *
     * @param currentRules the digest of the present rules
     * @return why changes may be missing, so that reading must start over; null if it can continue
     */
    synchronized @Nullable String load(String currentRules) {
        Map<String, String> fields = redis.take();
        rules = currentRules;
        offset = fields.getOrDefault(OFFSET, "");
        made = fields.getOrDefault(MADE, "");
        madeAt = fields.getOrDefault(MADE_AT, "");
        for (int i = 0; fields.containsKey(DEFINITION + i); i++) {
            definitions.add(String.valueOf(fields.get(DEFINITION + i)));
        }
        if (offset.isEmpty()) {
            return "there is no stored position of the binlog";
        }
        if (!currentRules.equals(fields.get(RULES))) {
            return "the rules differ from those of the last run";
        }
        if (definitions.isEmpty() || definitions.size() > MAX_DEFINITIONS) {
            return "there were more changes of table definitions than are stored";
        }
        if (madeAt.isEmpty()) {
            return "it is not stored when the tables were made";
        }
        settled.countDown();
        return null;
    }

    /** Returns when the tables were made, as of {@link #madeAt}. */
    synchronized String made() {
        return made;
    }

    /** Returns up to where in the binlog nothing replaced a table. */
    synchronized BinlogPosition madeAt() {
        return BinlogPosition.parse(madeAt);
    }

    /** Stores when the tables were made, after everything before this position. */
    synchronized void keepMade(String newMade, BinlogPosition position) {
        made = newMade;
        madeAt = position.toString();
        if (isOpen()) {
            write(Map.of(MADE, made, MADE_AT, madeAt));
        }
    }

    /** Returns the binlog file of the stored offset. */
    synchronized String file() {
        Matcher matcher = FILE.matcher(offset);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Returns the offset's position. */
    synchronized BinlogPosition position() {
        Matcher matcher = POSITION.matcher(offset);
        return new BinlogPosition(file(), matcher.find() ? Long.parseLong(matcher.group(1)) : 0);
    }

    /** Starts over at a position. Writes nothing before {@link #settle}. */
    synchronized void begin(String position, String currentRules) {
        offset = position;
        rules = currentRules;
    }

    /** Writes the new position: the definitions belong to it, and everything before it has been invalidated. */
    synchronized void settle() {
        Map<String, String> fields = new HashMap<>(Map.of(OFFSET, offset, RULES, rules, MADE, made, MADE_AT, madeAt));
        for (int i = 0; i < definitions.size(); i++) {
            fields.put(DEFINITION + i, definitions.get(i));
        }
        redis.replace(fields);
        settled.countDown();
    }

    /** Deletes everything, so that the next run starts over. */
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

    /** Returns the table definitions in the order of the binlog, each as the engine's record. */
    synchronized List<String> definitions() {
        return List.copyOf(definitions);
    }

    /**
     * Stores a definition.
     *
     * @throws BusException if it cannot be written; the engine must then stop
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

    /** Returns the failure of the last write, or null. */
    synchronized @Nullable RuntimeException failure() {
        return failure;
    }
}
