package dev.freshet.e2e.prometheus;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.util.List;

/** Reads the alerts from both files that hold them. */
final class Alerts {
    /** The address of the runbook, without an anchor, unless an installation sets its own. */
    static final String RUNBOOK = "https://freshet.dev/freshet/blob/main/k8s/RUNBOOK.md";

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

    static JsonObject operatorAnnotations() {
        return YamlDocuments.read(Checkout.file("k8s/alerts/freshet.yaml"))
                .getAsJsonObject("metadata")
                .getAsJsonObject("annotations");
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
