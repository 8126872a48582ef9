package dev.freshet.spring.internal.transaction;

import dev.freshet.schema.Syntax;
import java.util.Collection;
import java.util.List;

/** What one call evicts of one cache. */
public record Eviction(Collection<String> keys, Collection<String> tags, Collection<String> prefixes, boolean isAll) {

    public Eviction {
        // At once: together with others, after a commit, one that is refused would hold the others up.
        tags.forEach(tag -> Syntax.requireName("tag", tag));
        prefixes.forEach(prefix -> Syntax.requireName("prefix", prefix));
    }

    public static Eviction ofKey(String key) {
        return new Eviction(List.of(key), List.of(), List.of(), false);
    }

    public static Eviction ofAll() {
        return new Eviction(List.of(), List.of(), List.of(), true);
    }

    public static Eviction of(Collection<String> tags, Collection<String> prefixes) {
        return new Eviction(List.of(), tags, prefixes, false);
    }
}
