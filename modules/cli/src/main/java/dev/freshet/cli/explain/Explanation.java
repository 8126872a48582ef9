package dev.freshet.cli.explain;

import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.Rule;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the rules make of a changed row.
 *
 * @param steps what each rule about the table says, in order
 */
public record Explanation(List<Step> steps) {

    /**
     * One rule's share.
     *
     * @param source the source that the rule belongs to
     * @param selectors none, if all that the rule names is null
     * @param broadenedWhy why it is all of the region, where the rule cannot say more exactly; else null
     */
    public record Step(
            String source,
            String rule,
            String region,
            List<Selector> selectors,
            @Nullable String broadenedWhy) {}

    /**
     * Asks every rule about a table.
     *
     * @param table with its schema, or without one: in any
     * @param before the columns of the row as it was, perhaps only some of them, or null
     * @param after the columns of the row as it is, or null if it is gone
     * @throws IllegalArgumentException with a sentence, if no rule is about the table, or the row lacks a column that one names
     */
    public static Explanation of(
            List<SourceConfig> sources,
            TableName table,
            @Nullable Map<String, @Nullable Object> before,
            @Nullable Map<String, @Nullable Object> after) {
        List<Step> steps = new ArrayList<>();
        Set<String> known = new TreeSet<>();
        for (SourceConfig source : sources) {
            if (source.keyspace() != null) {
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
            throw new IllegalArgumentException("no rule is about " + table + "; "
                    + (known.isEmpty()
                            ? "there are no rules about tables"
                            : "there are rules about " + String.join(", ", known)));
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
                throw new IllegalArgumentException("--row has no column " + column + ", which " + templates
                        + " of rule " + rule.name() + " names; it has " + String.join(", ", after.keySet()));
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
                        before == null ? null : RowImage.partial(before),
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

    /** All that is invalidated, region by region, each selector once. */
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
