package dev.freshet.cache.internal.store;

import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Tells whether any of some selectors names an entry; each entry is one match, however many name it. */
public final class SelectorMatch {

    private final Set<String> keys = new HashSet<>();
    private final Set<String> tags = new HashSet<>();
    private final List<String> prefixes = new ArrayList<>();
    private boolean all;

    public SelectorMatch(List<Selector> selectors) {
        for (Selector selector : selectors) {
            switch (selector.kind()) {
                case KEYS -> keys.addAll(selector.names());
                case TAGS -> tags.addAll(selector.names());
                case PREFIXES -> prefixes.addAll(selector.names());
                case ALL -> all = true;
            }
        }
    }

    public boolean namesKeysOnly() {
        return tags.isEmpty() && prefixes.isEmpty() && !all;
    }

    public Set<String> keys() {
        return keys;
    }

    public boolean matches(String key, Entry<?> entry) {
        if (all || keys.contains(key)) {
            return true;
        }
        for (String tag : entry.details().tags) {
            if (tags.contains(tag)) {
                return true;
            }
        }
        for (String prefix : prefixes) {
            if (key.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }
}
