package dev.freshet.spring.internal.transaction;

import dev.freshet.bus.Change;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a transaction evicts of one cache, and what it has written there. Not safe for several threads. */
public final class EvictionSet {

    /** Beyond this the whole region is evicted, so that a transaction cannot fill the memory. */
    static final int MAX_NAMES = 100_000;

    private final Set<String> keys = new LinkedHashSet<>();
    private final Set<String> tags = new LinkedHashSet<>();
    private final Set<String> prefixes = new LinkedHashSet<>();
    private final Map<String, Written> written = new LinkedHashMap<>();
    private boolean isAll;
    private boolean isForced;

    public void add(Eviction eviction) {
        if (eviction.isAll()) {
            isAll = true;
            written.clear();
        } else if (!eviction.tags().isEmpty() || !eviction.prefixes().isEmpty()) {
            written.clear(); // it may concern them
        }
        eviction.keys().forEach(written::remove);
        keys.addAll(eviction.keys());
        tags.addAll(eviction.tags());
        prefixes.addAll(eviction.prefixes());
        bound();
    }

    public void add(Written write) {
        if (isAll) {
            return; // evicted with all
        }
        Written earlier = written.get(write.key());
        written.put(
                write.key(),
                earlier == null ? write : new Written(write.key(), write.value(), write.options(), earlier.since()));
        bound();
    }

    private void bound() {
        if (keys.size() + tags.size() + prefixes.size() + written.size() > MAX_NAMES) {
            isAll = true;
            isForced = true;
            keys.clear();
            tags.clear();
            prefixes.clear();
            written.clear();
        }
    }

    boolean concerns(String key, boolean hasTags) {
        return isAll
                || keys.contains(key)
                || written.containsKey(key)
                || (hasTags && !tags.isEmpty())
                || prefixes.stream().anyMatch(key::startsWith);
    }

    /** It is not known whether it is written: its keys are evicted. */
    void forgetWritten() {
        keys.addAll(written.keySet());
        written.clear();
    }

    Collection<Written> written() {
        return List.copyOf(written.values());
    }

    /** Returns what is to be published; keys by themselves, because what may be broad may be refused. */
    public List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        if (!keys.isEmpty()) {
            changes.add(Change.ofKeys(keys.toArray(String[]::new)));
        }
        if (isAll) {
            changes.add(isForced ? Change.builder().all().force().build() : Change.of(Selector.all()));
        } else if (!tags.isEmpty() || !prefixes.isEmpty()) {
            changes.add(ofTagsAndPrefixes());
        }
        return changes;
    }

    private Change ofTagsAndPrefixes() {
        Change.Builder change = Change.builder();
        if (!tags.isEmpty()) {
            change.tags(tags.toArray(String[]::new));
        }
        if (!prefixes.isEmpty()) {
            change.prefixes(prefixes.toArray(String[]::new));
        }
        return change.build();
    }
}
