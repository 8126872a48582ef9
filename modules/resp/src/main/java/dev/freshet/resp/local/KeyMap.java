package dev.freshet.resp.local;

import dev.freshet.schema.Namespace;
import dev.freshet.schema.Syntax;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells which region a key belongs to: that of the first rule that matches. Immutable. */
public final class KeyMap {

    private final String own;
    private final List<KeyRule> rules;
    private final List<Copies<?>> copies;
    private final Map<String, Copies<?>> regions = new LinkedHashMap<>();

    /**
     * @param namespace whose keys belong to no region
     * @param regions by name; one for each that a rule names
     */
    public KeyMap(Namespace namespace, List<KeyRule> rules, Map<String, Copies<?>> regions) {
        this.own = namespace.prefix() + "{";
        this.rules = List.copyOf(rules);
        this.copies = rules.stream()
                .<Copies<?>>map(rule -> Objects.requireNonNull(regions.get(rule.region())))
                .toList();
        this.regions.putAll(regions);
    }

    /** Returns the region that a key belongs to; null: none. */
    public @Nullable Copies<?> find(String key) {
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).matches(key)) {
                return isOwn(key) || Syntax.faultInName(key).isPresent() ? null : copies.get(i);
            }
        }
        return null;
    }

    private boolean isOwn(String key) {
        return key.startsWith(own);
    }

    public List<KeyRule> rules() {
        return rules;
    }

    /** Returns the region of a name; null: no rule fills it. */
    public @Nullable Copies<?> region(String name) {
        return regions.get(name);
    }

    public Collection<Copies<?>> regions() {
        return regions.values();
    }
}
