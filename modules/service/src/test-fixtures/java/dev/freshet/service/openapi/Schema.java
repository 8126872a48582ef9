package dev.freshet.service.openapi;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compares JSON with a schema of an OpenAPI document, as far as our documents use JSON Schema. Stricter in one thing: a member that
 * is not described is a fault, unless {@code additionalProperties} allows it.
 */
final class Schema {

    private final Function<String, @Nullable JsonObject> references;
    private final List<String> faults = new ArrayList<>();

    private Schema(Function<String, @Nullable JsonObject> references) {
        this.references = references;
    }

    /**
     * Returns how the value differs from the schema.
     *
     * @param references returns what a {@code $ref} names
     */
    static List<String> faults(
            @Nullable Object value, JsonObject schema, Function<String, @Nullable JsonObject> references) {
        Schema comparison = new Schema(references);
        comparison.compare(value, schema, "body");
        return comparison.faults;
    }

    private void compare(@Nullable Object value, JsonObject schema, String where) {
        String reference = schema.getString("$ref");
        if (reference != null) {
            compare(value, Objects.requireNonNull(references.apply(reference), reference), where);
            return;
        }
        if (schema.containsKey("type") && !hasType(value, schema.getValue("type"))) {
            faults.add(where + " must have type " + schema.getValue("type") + ", but is " + value);
            return;
        }
        if (schema.containsKey("const") && !schema.getValue("const").equals(value)) {
            faults.add(where + " must be " + schema.getValue("const") + ", but is " + value);
        }
        if (schema.containsKey("enum") && !schema.getJsonArray("enum").contains(value)) {
            faults.add(where + " must be one of " + schema.getJsonArray("enum") + ", but is " + value);
        }
        if (value instanceof String text && !text.matches(schema.getString("pattern", "(?s).*"))) {
            faults.add(where + " must match " + schema.getString("pattern") + ", but is " + value);
        }
        if (value instanceof JsonArray list) {
            compareItems(list, schema, where);
        }
        if (value instanceof JsonObject object) {
            compareMembers(object, schema, where);
        }
    }

    private void compareItems(JsonArray list, JsonObject schema, String where) {
        if (list.size() < schema.getInteger("minItems", 0)
                || list.size() > schema.getInteger("maxItems", Integer.MAX_VALUE)) {
            faults.add(where + " has " + list.size() + " items");
        }
        for (Object item : list) {
            compare(item, schema.getJsonObject("items"), where + "[]");
        }
    }

    private void compareMembers(JsonObject object, JsonObject schema, String where) {
        JsonObject described = schema.getJsonObject("properties", new JsonObject());
        for (Object name : schema.getJsonArray("required", new JsonArray())) {
            if (!object.containsKey((String) name)) {
                faults.add(where + " lacks " + name);
            }
        }
        Object others = schema.getValue("additionalProperties", described.isEmpty());
        for (String name : object.fieldNames()) {
            String member = where + "." + name;
            if (described.containsKey(name)) {
                compare(object.getValue(name), described.getJsonObject(name), member);
            } else if (others instanceof JsonObject ofOthers) {
                compare(object.getValue(name), ofOthers, member);
            } else if (others.equals(false)) {
                faults.add(member + " is not described");
            }
        }
    }

    private static boolean hasType(@Nullable Object value, Object type) {
        if (type instanceof JsonArray alternatives) {
            return alternatives.stream().anyMatch(one -> hasType(value, one));
        }
        return switch ((String) type) {
            case "object" -> value instanceof JsonObject;
            case "array" -> value instanceof JsonArray;
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }
}
