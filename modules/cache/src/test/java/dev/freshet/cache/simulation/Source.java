package dev.freshet.cache.simulation;

import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The truth: rows that change, each change with one more version. Rows of {@code v:} are read from replicas that lag
 * behind, which is why their invalidations name a version; all others are read as they are.
 */
final class Source {

    /** A row as it was read. */
    record Row(String key, long version, Set<String> tags) {}

    private static final int KEYS = 6;
    private static final int VERSIONED_KEYS = 2;
    private static final int TAGS = 3;

    private final Map<String, List<Row>> histories = new LinkedHashMap<>();
    private final Map<String, List<Change>> changes = new HashMap<>();
    private final List<String> keys;

    Source() {
        for (int i = 0; i < KEYS; i++) {
            begin((i % 2 == 0 ? "a:" : "b:") + i, Set.of("t" + i % TAGS));
        }
        for (int i = 0; i < VERSIONED_KEYS; i++) {
            begin("v:" + i, Set.of());
        }
        keys = List.copyOf(histories.keySet());
    }

    private void begin(String key, Set<String> tags) {
        List<Row> history = new ArrayList<>();
        history.add(new Row(key, 1, tags));
        histories.put(key, history);
        changes.put(key, new ArrayList<>());
    }

    static boolean isVersioned(String key) {
        return key.startsWith("v:");
    }

    List<String> keys() {
        return keys;
    }

    String anyKey(SplittableRandom random) {
        return keys.get(random.nextInt(keys.size()));
    }

    Row read(String key) {
        List<Row> history = history(key);
        return history.get(history.size() - 1);
    }

    /** The row as it was so many versions ago. */
    Row readLagging(String key, int versions) {
        List<Row> history = history(key);
        return history.get(Math.max(0, history.size() - 1 - versions));
    }

    private List<Row> history(String key) {
        return Objects.requireNonNull(histories.get(key));
    }

    /** What changed a key, oldest first. */
    List<Change> changesOf(String key) {
        return Objects.requireNonNull(changes.get(key));
    }

    /** Changes a row, whose tags may change with it. */
    Change changeKey(String key, Set<String> tags, long nowMicros) {
        Map<String, Long> versions = new HashMap<>();
        bump(key, tags, versions);
        OptionalLong version = isVersioned(key) ? OptionalLong.of(read(key).version()) : OptionalLong.empty();
        return note(new Change(Selector.keys(key), version, versions, nowMicros));
    }

    /** Changes all rows that have the tag. */
    Change changeTag(String tag, long nowMicros) {
        return changeAll(Selector.tags(tag), nowMicros);
    }

    /** Changes all rows that a selector names, as they are now. */
    Change changeAll(Selector selector, long nowMicros) {
        Map<String, Long> versions = new HashMap<>();
        for (String key : keys) {
            if (!isVersioned(key) && Change.covers(selector, key, read(key).tags())) {
                bump(key, read(key).tags(), versions);
            }
        }
        return note(new Change(selector, OptionalLong.empty(), versions, nowMicros));
    }

    /** Changes something, somehow. */
    Change change(SplittableRandom random, long nowMicros) {
        int kind = random.nextInt(100);
        if (kind < 60) {
            String key = anyKey(random);
            Set<String> tags = read(key).tags();
            if (!isVersioned(key) && random.nextInt(3) == 0) {
                tags = new HashSet<>();
                for (int i = 0; i < TAGS; i++) {
                    if (random.nextBoolean()) {
                        tags.add("t" + i);
                    }
                }
            }
            return changeKey(key, Set.copyOf(tags), nowMicros);
        } else if (kind < 80) {
            return changeTag("t" + random.nextInt(TAGS), nowMicros);
        } else if (kind < 95) {
            return changeAll(Selector.prefixes(random.nextBoolean() ? "a:" : "b:"), nowMicros);
        }
        return changeAll(Selector.all(), nowMicros);
    }

    private void bump(String key, Set<String> tags, Map<String, Long> versions) {
        long version = read(key).version() + 1;
        history(key).add(new Row(key, version, tags));
        versions.put(key, version);
    }

    private Change note(Change change) {
        change.versions.keySet().forEach(key -> changesOf(key).add(change));
        return change;
    }
}
