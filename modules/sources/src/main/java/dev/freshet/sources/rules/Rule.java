package dev.freshet.sources.rules;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a changed row of a table invalidates. Selectors add up; a template whose column is null selects nothing.
 *
 * @param name how it is called in errors
 * @param table the table, as the rule's author wrote it resolved to its schema
 * @param region the region that is invalidated
 * @param all whether any change of the table invalidates all of the region
 */
public record Rule(
        String name,
        TableName table,
        String region,
        List<Template> keys,
        List<Template> tags,
        List<Template> prefixes,
        boolean all) {

    public Rule {
        keys = List.copyOf(keys);
        tags = List.copyOf(tags);
        prefixes = List.copyOf(prefixes);
    }

    /** Every template. */
    public Stream<Template> templates() {
        return Stream.of(keys, tags, prefixes).flatMap(List::stream);
    }

    /** The columns that any template names. */
    public List<String> columns() {
        return templates()
                .flatMap(template -> template.columns().stream())
                .distinct()
                .toList();
    }
}
