package dev.freshet.sources;

import dev.freshet.bus.RedisConfig;
import dev.freshet.sources.rules.KeyPattern;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which keys a source has Redis track.
 *
 * @param redis the Redis that has the keys; null: the publisher's own Redis
 * @param patterns the key pattern of each rule, by the rule's name
 * @param maximumPending the maximum number of waiting names a region; beyond it the whole region is invalidated
 */
public record TrackingConfig(@Nullable RedisConfig redis, Map<String, KeyPattern> patterns, int maximumPending) {

    public TrackingConfig {
        patterns = Collections.unmodifiableMap(new LinkedHashMap<>(patterns));
    }

    /** Returns what the keys of the rules begin with. */
    public List<String> prefixes() {
        return patterns.values().stream().map(KeyPattern::prefix).toList();
    }
}
