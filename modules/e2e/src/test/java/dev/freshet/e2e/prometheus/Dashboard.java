package dev.freshet.e2e.prometheus;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** The Grafana dashboard as its file says it. */
record Dashboard(JsonObject json) {

    /** One expression and the panel that shows it. */
    record Query(String panel, String expression) {
        @Override
        public String toString() {
            return panel + ": " + expression;
        }
    }

    static Dashboard read() {
        try {
            String text = Files.readString(Checkout.file("k8s/dashboards/freshet.json"));
            return new Dashboard(JsonParser.parseString(text).getAsJsonObject());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The panels that show something; rows only divide. */
    List<JsonObject> panels() {
        return objects(json.getAsJsonArray("panels")).stream()
                .filter(panel -> !panel.get("type").getAsString().equals("row"))
                .toList();
    }

    List<JsonObject> variables() {
        return objects(json.getAsJsonObject("templating").getAsJsonArray("list"));
    }

    List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        for (JsonObject panel : panels()) {
            for (JsonObject target : objects(panel.getAsJsonArray("targets"))) {
                queries.add(new Query(
                        panel.get("title").getAsString(), target.get("expr").getAsString()));
            }
        }
        return queries;
    }

    static List<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }
}
