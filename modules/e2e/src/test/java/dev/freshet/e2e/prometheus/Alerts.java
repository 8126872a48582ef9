package dev.freshet.e2e.prometheus;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.util.List;

/** The alerts, in both of the files that hold them. */
final class Alerts {
    private Alerts() {}

    /** One alert of the plain rule file. */
    record Alert(String name, String expression, JsonObject labels, JsonObject annotations) {
        @Override
        public String toString() {
            return name;
        }
    }

    static JsonArray plainGroups() {
        return YamlDocuments.read(Checkout.file("k8s/alerts/rules.yaml")).getAsJsonArray("groups");
    }

    static JsonArray operatorGroups() {
        return YamlDocuments.read(Checkout.file("k8s/alerts/freshet.yaml"))
                .getAsJsonObject("spec")
                .getAsJsonArray("groups");
    }

    static List<Alert> all() {
        return Dashboard.objects(plainGroups()).stream()
                .flatMap(group -> Dashboard.objects(group.getAsJsonArray("rules")).stream())
                .map(rule -> new Alert(
                        rule.get("alert").getAsString(),
                        rule.get("expr").getAsString().strip(),
                        rule.getAsJsonObject("labels"),
                        rule.getAsJsonObject("annotations")))
                .toList();
    }
}
