package dev.freshet.sources.rules;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a changed row of a table invalidates: the union of all templates. A template whose column is null selects nothing.
 *
 * @param name its name in the configuration and in errors
 * @param table the table, with its schema
 * @param region the region to invalidate
 * @param all whether any change of the table invalidates the whole region
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

    /** Returns every template. */
    public Stream<Template> templates() {
        return Stream.of(keys, tags, prefixes).flatMap(List::stream);
    }

    /** Returns the columns that any template names. */
    public List<String> columns() {
        return templates()
                .flatMap(template -> template.columns().stream())
                .distinct()
                .toList();
    }
}
