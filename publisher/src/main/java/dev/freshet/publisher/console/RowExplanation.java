package dev.freshet.publisher.console;

import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import dev.freshet.sources.Explanation;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.rules.TableName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what the rules of the sources make of a changed row. Immutable. */
final class RowExplanation {

    /** A field of the question is wrong. */
    static final class WrongException extends Exception {

        private static final long serialVersionUID = 1;

        private final String field;

        WrongException(String field, @Nullable String fault) {
            super(fault, null, false, false);
            this.field = field;
        }

        String field() {
            return field;
        }
    }

    private final List<SourceConfig> sources;

    RowExplanation(List<SourceConfig> sources) {
        this.sources = List.copyOf(sources);
    }

    /** Explains {@code {"table":…,"before":{…},"row":{…}}}: what each rule invalidates, in regions that the caller may see. */
    JsonObject explain(JsonObject question, Caller caller, ShownNames names) throws WrongException {
        Map<String, @Nullable Object> before = row(question, "before");
        Map<String, @Nullable Object> after = row(question, "row");
        if (before == null && after == null) {
            throw new WrongException("row", "must be given, or \"before\", or both, as JSON objects of columns");
        }
        if (!(question.getValue("table") instanceof String table)) {
            throw new WrongException("table", "must be the name of a table, as in public.products");
        }
        Explanation explanation;
        try {
            explanation = Explanation.of(sources, TableName.parse(table, ""), before, after);
        } catch (IllegalArgumentException e) {
            throw new WrongException("table", "cannot be explained: " + e.getMessage());
        }
        JsonArray steps = new JsonArray();
        for (Explanation.Step step : explanation.steps()) {
            if (!caller.may(Right.READ, step.region())) {
                continue;
            }
            JsonArray selectors = new JsonArray();
            // The asker knows the row, and so the names that are made of it.
            step.selectors()
                    .forEach(selector -> selectors.add(new JsonObject()
                            .put("kind", selector.kind().label())
                            .put("names", new JsonArray(List.copyOf(selector.names())))));
            steps.add(new JsonObject()
                    .put("source", step.source())
                    .put("rule", step.rule())
                    .put("region", step.region())
                    .put("showsKeys", names.areShown(step.region()))
                    .put("selectors", selectors)
                    .put("broadenedWhy", step.broadenedWhy()));
        }
        return new JsonObject().put("steps", steps);
    }

    private static @Nullable Map<String, @Nullable Object> row(JsonObject question, String field)
            throws WrongException {
        Object value = question.getValue(field);
        if (value == null) {
            return null;
        }
        if (!(value instanceof JsonObject columns)) {
            throw new WrongException(field, "must be a JSON object of columns, as in {\"id\": 7}");
        }
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        columns.forEach(column -> row.put(column.getKey(), column.getValue()));
        return row;
    }
}
