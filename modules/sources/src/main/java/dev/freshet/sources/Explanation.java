package dev.freshet.sources;

import dev.freshet.schema.Selector;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a changed row invalidates, rule by rule.
 *
 * @param steps one step for each rule of the table, in the order of the configuration
 */
public record Explanation(List<Step> steps) {

    /**
     * What one rule invalidates.
     *
     * @param source the rule's source
     * @param selectors empty if every column that the rule uses is null or unknown
     * @param broadenedWhy why the whole region is invalidated, if the rule cannot be evaluated; else null
     */
    public record Step(
            String source,
            String rule,
            String region,
            List<Selector> selectors,
            @Nullable String broadenedWhy) {}

    /**
     * Evaluates every rule of a table.
     *
     * @param table the table; without a schema: in any schema
     * @param before the columns of the row before the change, maybe only some; null if the row is new
     * @param after the columns of the row after the change; null if the row was deleted
     * @throws IllegalArgumentException if no rule names the table, or the row lacks a column that a rule uses
     */
    public static Explanation of(
            List<SourceConfig> sources,
            TableName table,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {
        List<Step> steps = new ArrayList<>();
        Set<String> known = new TreeSet<>();
        for (SourceConfig source : sources) {
            if (source.kind().isRedis()) {
                continue;
            }
            for (Rule rule : source.rules().rules()) {
                known.add(rule.table().toString());
                if (isMeant(table, rule.table())) {
                    requireColumns(rule, after);
                    steps.add(step(source.name(), rule, before, after));
                }
            }
        }
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("no rule names table " + table + "; "
                    + (known.isEmpty() ? "no rule names any table" : "rules name " + String.join(", ", known)));
        }
        return new Explanation(List.copyOf(steps));
    }

    private static boolean isMeant(TableName given, TableName ofRule) {
        return given.name().equals(ofRule.name())
                && (given.schema().isEmpty() || given.schema().equals(ofRule.schema()));
    }

    private static void requireColumns(Rule rule, @Nullable Map<String, @Nullable Object> after) {
        if (after == null) {
            return;
        }
        for (String column : rule.columns()) {
            if (!after.containsKey(column)) {
                String templates = rule.templates()
                        .filter(template -> template.columns().contains(column))
                        .map(Object::toString)
                        .collect(Collectors.joining(", "));
                throw new IllegalArgumentException("the row has no column " + column + ", which " + templates
                        + " of rule " + rule.name() + " uses; it has " + String.join(", ", after.keySet()));
            }
        }
    }

    private static Step step(
            String source,
            Rule rule,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {
        List<Invalidated> invalidated = new RuleSet(List.of(rule))
                .evaluate(
                        rule.table(),
                        before == null ? null : RowImage.of(withNulls(before, rule)),
                        after == null ? null : RowImage.of(after));
        return invalidated.isEmpty()
                ? new Step(source, rule.name(), rule.region(), List.of(), null)
                : new Step(
                        source,
                        rule.name(),
                        rule.region(),
                        invalidated.get(0).selectors(),
                        invalidated.get(0).broadenedWhy());
    }

    /** Returns a former row in which the columns that nobody gave are null: they select nothing. */
    private static Map<String, @Nullable Object> withNulls(Map<String, @Nullable Object> row, Rule rule) {
        Map<String, @Nullable Object> whole = new HashMap<>(row);
        rule.columns().forEach(column -> whole.putIfAbsent(column, null));
        return whole;
    }

    /** Returns everything that is invalidated, region by region, each selector once. */
    public Map<String, List<Selector>> byRegion() {
        Map<String, Set<Selector>> regions = new LinkedHashMap<>();
        steps.forEach(step -> {
            if (!step.selectors().isEmpty()) {
                regions.computeIfAbsent(step.region(), region -> new LinkedHashSet<>())
                        .addAll(step.selectors());
            }
        });
        Map<String, List<Selector>> lists = new LinkedHashMap<>();
        regions.forEach((region, selectors) -> lists.put(region, List.copyOf(selectors)));
        return lists;
    }
}
