package dev.freshet.e2e.k8s;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One rendered object, as the JSON that the API server gets. */
record Manifest(JsonObject json) {

    /** Returns every document of a YAML stream. */
    static List<Manifest> parse(String yaml) {
        return YamlDocuments.parse(yaml).stream().map(Manifest::new).toList();
    }

    String apiVersion() {
        return json.get("apiVersion").getAsString();
    }

    String kind() {
        return json.get("kind").getAsString();
    }

    String name() {
        return json.getAsJsonObject("metadata").get("name").getAsString();
    }

    /** Returns the element at a path of field names, such as {@code spec.template.spec}. */
    Optional<JsonElement> at(String path) {
        return at(json, path);
    }

    static Optional<JsonElement> at(JsonObject start, String path) {
        JsonElement here = start;
        for (String field : path.split("\\.", -1)) {
            if (!here.isJsonObject() || !here.getAsJsonObject().has(field)) {
                return Optional.empty();
            }
            here = here.getAsJsonObject().get(field);
        }
        return Optional.of(here);
    }

    /** Returns the objects of a list; none if there is no such list. */
    static List<JsonObject> list(JsonObject owner, String field) {
        List<JsonObject> items = new ArrayList<>();
        JsonElement value = owner.get(field);
        JsonArray array = value == null ? new JsonArray() : value.getAsJsonArray();
        array.forEach(item -> items.add(item.getAsJsonObject()));
        return items;
    }

    /** Returns the template of the Pods that this object makes, if it makes any. */
    Optional<JsonObject> podTemplate() {
        return at("spec.template").filter(t -> t.getAsJsonObject().has("spec")).map(JsonElement::getAsJsonObject);
    }

    @Override
    public String toString() {
        return kind() + "/" + name();
    }
}
