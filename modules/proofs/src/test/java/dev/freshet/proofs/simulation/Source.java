package dev.freshet.proofs.simulation;

import dev.freshet.schema.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The truth: rows that change, each change with one more version. A change is committed, and later visible to those who read.
 * Rows of {@code v:} are read from replicas that lag behind, which is why their invalidations name a version; all others are
 * read as they are visible.
 */
final class Source {

    /** A row as it was read. */
    record Row(String key, long version, Set<String> tags) {}

    private static final int KEYS = 6;
    private static final int VERSIONED_KEYS = 2;
    private static final int TAGS = 3;

    private final Map<String, List<Row>> histories = new LinkedHashMap<>();
    private final Map<String, List<Change>> changes = new HashMap<>();

    /** How many rows of a key's history those who read may see. */
    private final Map<String, Integer> visible = new HashMap<>();

    /** What is committed and not visible, in its order. */
    private final Deque<Change> invisible = new ArrayDeque<>();

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
        visible.put(key, 1);
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
        return readLagging(key, 0);
    }

    /** The row as it was so many versions ago. */
    Row readLagging(String key, int versions) {
        return history(key).get(Math.max(0, Objects.requireNonNull(visible.get(key)) - 1 - versions));
    }

    /** The row as it is committed. */
    private Row committed(String key) {
        List<Row> history = history(key);
        return history.get(history.size() - 1);
    }

    /** Makes the oldest commit visible that is not. Returns it, or null if there is none. */
    @Nullable
    Change show() {
        Change change = invisible.poll();
        if (change != null) {
            change.versions.forEach((key, version) -> visible.put(key, Math.toIntExact(version)));
        }
        return change;
    }

    private List<Row> history(String key) {
        return Objects.requireNonNull(histories.get(key));
    }

    /** What changed a key, oldest first. */
    List<Change> changesOf(String key) {
        return Objects.requireNonNull(changes.get(key));
    }

    /** Changes a row, whose tags may change with it, for all to see. */
    Change changeKey(String key, Set<String> tags, long nowMicros) {
        Change change = commitKey(key, tags, nowMicros);
        showAll();
        return change;
    }

    /** Changes all rows that a selector names, as they are now, for all to see. */
    Change changeAll(Selector selector, long nowMicros) {
        Change change = commitAll(selector, nowMicros);
        showAll();
        return change;
    }

    /** Changes all rows that have the tag, for all to see. */
    Change changeTag(String tag, long nowMicros) {
        return changeAll(Selector.tags(tag), nowMicros);
    }

    private void showAll() {
        while (show() != null) {
            // the next
        }
    }

    /** Commits a change of something, somehow. */
    Change commit(SplittableRandom random, long nowMicros) {
        int kind = random.nextInt(100);
        if (kind < 60) {
            String key = anyKey(random);
            Set<String> tags = committed(key).tags();
            if (!isVersioned(key) && random.nextInt(3) == 0) {
                tags = new HashSet<>();
                for (int i = 0; i < TAGS; i++) {
                    if (random.nextBoolean()) {
                        tags.add("t" + i);
                    }
                }
            }
            return commitKey(key, Set.copyOf(tags), nowMicros);
        } else if (kind < 80) {
            return commitAll(Selector.tags("t" + random.nextInt(TAGS)), nowMicros);
        } else if (kind < 95) {
            return commitAll(Selector.prefixes(random.nextBoolean() ? "a:" : "b:"), nowMicros);
        }
        return commitAll(Selector.all(), nowMicros);
    }

    Change commitKey(String key, Set<String> tags, long nowMicros) {
        Map<String, Long> versions = new HashMap<>();
        bump(key, tags, versions);
        OptionalLong version = isVersioned(key) ? OptionalLong.of(committed(key).version()) : OptionalLong.empty();
        return note(new Change(Selector.keys(key), version, versions, nowMicros));
    }

    private Change commitAll(Selector selector, long nowMicros) {
        Map<String, Long> versions = new HashMap<>();
        for (String key : keys) {
            if (!isVersioned(key) && Change.covers(selector, key, committed(key).tags())) {
                bump(key, committed(key).tags(), versions);
            }
        }
        return note(new Change(selector, OptionalLong.empty(), versions, nowMicros));
    }

    private void bump(String key, Set<String> tags, Map<String, Long> versions) {
        long version = committed(key).version() + 1;
        history(key).add(new Row(key, version, tags));
        versions.put(key, version);
    }

    private Change note(Change change) {
        change.versions.keySet().forEach(key -> changesOf(key).add(change));
        invisible.add(change);
        return change;
    }
}
