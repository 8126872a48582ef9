package dev.freshet.sources.rules;

import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a source: they map a changed row to what it invalidates. Immutable, safe to use from any thread.
 *
 * <p>The row before and the row after the change both count: a row that moves from one category to another invalidates both
 * categories. If a rule cannot be evaluated (a missing column, a name that is too long), its whole region is invalidated: when
 * in doubt, evict.
 */
public final class RuleSet {

    private final List<Rule> rules;
    private final Map<TableName, List<Rule>> byTable = new LinkedHashMap<>();

    public RuleSet(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        rules.forEach(rule -> byTable.computeIfAbsent(rule.table(), table -> new ArrayList<>())
                .add(rule));
    }

    public List<Rule> rules() {
        return rules;
    }

    /** Returns the tables that rules name. */
    public Set<TableName> tables() {
        return Set.copyOf(byTable.keySet());
    }

    public boolean isMapped(TableName table) {
        return byTable.containsKey(table);
    }

    /** Returns the regions that rules invalidate, sorted. */
    public Set<String> regions() {
        Set<String> regions = new TreeSet<>();
        rules.forEach(rule -> regions.add(rule.region()));
        return regions;
    }

    /** Returns the columns that the rules of a table name. */
    public Set<String> columnsOf(TableName table) {
        Set<String> columns = new LinkedHashSet<>();
        byTable.getOrDefault(table, List.of()).forEach(rule -> columns.addAll(rule.columns()));
        return columns;
    }

    /**
     * Returns what a changed row invalidates, region by region. The result is empty if no rule names the table, or if every
     * column that the rules name is null.
     *
     * @param before the row before the change; null if it is new
     * @param after the row after the change; null if it was deleted
     */
    public List<Invalidated> evaluate(TableName table, @Nullable RowImage before, @Nullable RowImage after) {
        List<Rule> matching = byTable.getOrDefault(table, List.of());
        if (matching.isEmpty()) {
            return List.of();
        }
        Map<String, Collected> regions = new LinkedHashMap<>();
        for (Rule rule : matching) {
            Collected collected = regions.computeIfAbsent(rule.region(), region -> new Collected(false));
            collected.all |= rule.all();
            for (RowImage image : before == null ? new RowImage[] {after} : new RowImage[] {before, after}) {
                if (image != null) {
                    collected.add(rule, image);
                }
            }
        }
        List<Invalidated> invalidated = new ArrayList<>();
        regions.forEach((region, collected) -> {
            List<Selector> selectors = collected.selectors();
            if (!selectors.isEmpty()) {
                invalidated.add(new Invalidated(region, selectors, collected.broadenedWhy));
            }
        });
        return invalidated;
    }

    /**
     * What a message names.
     *
     * @param invalidated what to invalidate, region by region
     * @param isNameInvalid whether some name was left out, because no entry can have it: too long, or no valid text
     */
    public record Named(List<Invalidated> invalidated, boolean isNameInvalid) {}

    /** Returns what a row invalidates, as {@link #evaluate} does, but without the names that no entry can have. */
    public Named evaluateNames(TableName table, RowImage row) {
        Map<String, Collected> regions = new LinkedHashMap<>();
        for (Rule rule : byTable.getOrDefault(table, List.of())) {
            Collected collected = regions.computeIfAbsent(rule.region(), region -> new Collected(true));
            collected.all |= rule.all();
            collected.add(rule, row);
        }
        List<Invalidated> invalidated = new ArrayList<>();
        regions.forEach((region, collected) -> {
            List<Selector> selectors = collected.selectors();
            if (!selectors.isEmpty()) {
                invalidated.add(new Invalidated(region, selectors, null));
            }
        });
        return new Named(invalidated, regions.values().stream().anyMatch(one -> one.isNameInvalid));
    }

    /** Returns what TRUNCATE of a table invalidates: each region of its rules as a whole. */
    public List<Invalidated> evaluateTruncate(TableName table) {
        return byTable.getOrDefault(table, List.of()).stream()
                .map(Rule::region)
                .distinct()
                .map(region -> new Invalidated(region, List.of(Selector.all()), null))
                .toList();
    }

    /** Collects what the rules of one region name. */
    private static final class Collected {
        private final boolean isLeavingOut;
        private final Set<String> keys = new LinkedHashSet<>();
        private final Set<String> tags = new LinkedHashSet<>();
        private final Set<String> prefixes = new LinkedHashSet<>();
        private boolean all;
        private boolean isNameInvalid;
        private @Nullable String broadenedWhy;

        /** @param isLeavingOut whether a name that no entry can have is left out, and does not stand for the region */
        Collected(boolean isLeavingOut) {
            this.isLeavingOut = isLeavingOut;
        }

        void add(Rule rule, RowImage image) {
            add(rule, rule.keys(), image, keys, true);
            add(rule, rule.tags(), image, tags, false);
            add(rule, rule.prefixes(), image, prefixes, true);
        }

        /** Adds names; a name that is not known whole is covered by the prefix that is known, if prefixes select such names. */
        private void add(
                Rule rule, List<Template> templates, RowImage image, Set<String> names, boolean isCoveredByPrefix) {
            for (Template template : templates) {
                Template.Rendered rendered = template.render(image);
                if (rendered instanceof Template.Name name) {
                    names.add(name.name());
                } else if (rendered instanceof Template.Unknown && isLeavingOut) {
                    isNameInvalid = true;
                } else if (rendered instanceof Template.Unknown unknown) {
                    broaden(rule, template, unknown.reason());
                    all = true;
                } else if (rendered instanceof Template.Hidden hidden) {
                    broaden(rule, template, hidden.reason());
                    if (isCoveredByPrefix && !hidden.prefix().isEmpty()) {
                        prefixes.add(hidden.prefix());
                    } else {
                        all = true;
                    }
                }
            }
        }

        private void broaden(Rule rule, Template template, String reason) {
            broadenedWhy = "rule " + rule.name() + ", " + template + ": " + reason;
        }

        List<Selector> selectors() {
            if (all) {
                return List.of(Selector.all());
            }
            List<Selector> selectors = new ArrayList<>(3);
            add(selectors, keys, Selector.Keys::new);
            add(selectors, tags, Selector.Tags::new);
            add(selectors, prefixes, Selector.Prefixes::new);
            return selectors;
        }

        private static void add(
                List<Selector> selectors, Set<String> names, Function<List<String>, Selector> toSelector) {
            List<String> list = List.copyOf(names);
            for (int from = 0; from < list.size(); from += Limits.MAX_NAMES_PER_SELECTOR) {
                selectors.add(toSelector.apply(
                        list.subList(from, Math.min(list.size(), from + Limits.MAX_NAMES_PER_SELECTOR))));
            }
        }
    }
}
