package dev.freshet.sources.redis;

import dev.freshet.schema.Namespace;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import dev.freshet.sources.KeyspaceConfig;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.RuleSet;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Maps an event of a key to what it invalidates. Immutable, safe to use from any thread. */
final class KeyspaceRules {

    private final KeyspaceConfig config;
    private final RuleSet rules;
    private final KeyRules keys;
    private final List<RedisNames> tiers;

    /** The prefix of Freshet's own keys. Of these only tier values count, and only if Redis expired or evicted them. */
    private final String own;

    /** @param namespace the one of the publisher */
    KeyspaceRules(KeyspaceConfig config, RuleSet rules, Namespace namespace) {
        this.own = namespace.prefix();
        this.config = config;
        this.rules = rules;
        this.keys = new KeyRules(config.patterns(), rules);
        this.tiers = config.tiers().stream().map(namespace::region).toList();
    }

    /** Returns every region that an event may invalidate. */
    Set<String> regions() {
        Set<String> regions = new TreeSet<>(rules.regions());
        regions.addAll(config.tiers());
        return regions;
    }

    /** Returns what an event invalidates; empty for most events. */
    List<Invalidated> evaluate(String event, byte[] bytes) {
        String key = new String(bytes, StandardCharsets.UTF_8);
        if (key.startsWith(own)) {
            return tier(event, key);
        }
        return config.events().contains(event) ? keys.evaluate(bytes) : List.of();
    }

    /**
     * Handles an event of a tier value. Deletions do not count: an append deletes the values that it invalidates, and readers
     * delete useless values. If a deletion counted as a change, it would invalidate the key again, together with any value
     * stored since, and so on without end.
     */
    private List<Invalidated> tier(String event, String key) {
        if (!KeyspaceConfig.DEFAULT_EVENTS.contains(event)) {
            return List.of();
        }
        for (RedisNames names : tiers) {
            String name = names.keyOfValue(key).orElse("");
            // No cache stores a value under an invalid name.
            if (Syntax.faultInName(name).isEmpty()) {
                return List.of(new Invalidated(names.region(), List.of(Selector.keys(name)), null));
            }
        }
        return List.of();
    }
}
