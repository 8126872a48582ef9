package dev.freshet.proofs.simulation;

import dev.freshet.schema.Selector;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** Something that changed at the source, and the invalidation that says so. */
final class Change {

    static final long NEVER = Long.MAX_VALUE;

    final Selector selector;
    final OptionalLong version;
    final Map<String, Long> versions;
    final long committedAtMicros;

    /** The servers whose log named it from their own append on. */
    final Set<RedisModel> appendedOn = new HashSet<>();

    /** Since when a log that survives names it. */
    long effectiveAtMicros = NEVER;

    /**
     * @param version what the invalidation names as the version
     * @param versions what each key that changed has become
     */
    Change(Selector selector, OptionalLong version, Map<String, Long> versions, long committedAtMicros) {
        this.selector = selector;
        this.version = version;
        this.versions = versions;
        this.committedAtMicros = committedAtMicros;
    }

    /** Whether the invalidation evicts an entry of this key with these tags. */
    static boolean covers(Selector selector, String key, Set<String> tags) {
        if (selector instanceof Selector.Keys keys) {
            return keys.keys().contains(key);
        } else if (selector instanceof Selector.Tags named) {
            return named.tags().stream().anyMatch(tags::contains);
        } else if (selector instanceof Selector.Prefixes prefixes) {
            return prefixes.prefixes().stream().anyMatch(key::startsWith);
        }
        return true;
    }

    @Override
    public String toString() {
        return selector + " -> " + versions;
    }
}
