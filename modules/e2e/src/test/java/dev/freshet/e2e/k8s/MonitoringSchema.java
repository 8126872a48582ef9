package dev.freshet.e2e.k8s;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The fields of the Prometheus operator's PodMonitor and PrometheusRule (monitoring.coreos.com/v1) that Freshet's manifests may
 * use. A field that is not listed is a fault: if a manifest needs it, add it here.
 */
final class MonitoringSchema {
    private static final Pattern DURATION = Pattern.compile("(\\d+(ms|[smhdwy]))+");

    /** The fields of each object, by the object's path ({@code []}: items of a list). A star after a name means required. */
    private static final Map<String, Map<String, Set<String>>> KINDS = Map.of(
            "PodMonitor",
            Map.of(
                    "spec",
                            Set.of(
                                    "selector*",
                                    "podMetricsEndpoints*",
                                    "namespaceSelector",
                                    "podTargetLabels",
                                    "jobLabel"),
                    "spec.selector", Set.of("matchLabels", "matchExpressions"),
                    "spec.namespaceSelector", Set.of("any", "matchNames"),
                    "spec.podMetricsEndpoints[]",
                            Set.of(
                                    "port*",
                                    "path",
                                    "interval",
                                    "scrapeTimeout",
                                    "scheme",
                                    "tlsConfig",
                                    "honorLabels",
                                    "relabelings"),
                    "spec.podMetricsEndpoints[].tlsConfig",
                            Set.of("insecureSkipVerify", "ca", "cert", "keySecret", "serverName")),
            "PrometheusRule",
            Map.of(
                    "spec", Set.of("groups*"),
                    "spec.groups[]", Set.of("name*", "interval", "rules*", "limit"),
                    "spec.groups[].rules[]",
                            Set.of("alert*", "expr*", "for", "keep_firing_for", "labels", "annotations")));

    /** Objects whose keys are free and whose values are strings. */
    private static final Set<String> FREE = Set.of(
            "metadata.labels",
            "metadata.annotations",
            "spec.selector.matchLabels",
            "spec.groups[].rules[].labels",
            "spec.groups[].rules[].annotations");

    private static final Set<String> DURATIONS = Set.of("interval", "scrapeTimeout", "for", "keep_firing_for");
    private static final Set<String> ROOT = Set.of("apiVersion*", "kind*", "metadata*", "spec*");
    private static final Set<String> METADATA = Set.of("name*", "namespace", "labels", "annotations");

    private MonitoringSchema() {}

    static Optional<String> fault(Manifest manifest) {
        Map<String, Set<String>> fields = KINDS.get(manifest.kind());
        if (fields == null || !manifest.apiVersion().equals("monitoring.coreos.com/v1")) {
            return Optional.of("no such kind: " + manifest.apiVersion() + " " + manifest.kind());
        }
        return fault("", manifest.json(), fields);
    }

    private static Optional<String> fault(String path, JsonObject object, Map<String, Set<String>> fields) {
        Set<String> known = path.isEmpty() ? ROOT : path.equals("metadata") ? METADATA : fields.get(path);
        for (Map.Entry<String, JsonElement> field : object.entrySet()) {
            String name = field.getKey();
            String here = path.isEmpty() ? name : path + "." + name;
            if (known == null) {
                if (!FREE.contains(path) || !isString(field.getValue())) {
                    return Optional.of("unexpected " + here);
                }
                continue;
            }
            if (!known.contains(name) && !known.contains(name + "*")) {
                return Optional.of("unknown field " + here);
            }
            if (DURATIONS.contains(name)
                    && !DURATION.matcher(field.getValue().getAsString()).matches()) {
                return Optional.of("not a duration: " + here);
            }
            Optional<String> below = below(here, field.getValue(), fields);
            if (below.isPresent()) {
                return below;
            }
        }
        return known == null
                ? Optional.empty()
                : known.stream()
                        .filter(name -> name.endsWith("*") && !object.has(name.substring(0, name.length() - 1)))
                        .findFirst()
                        .map(name -> "missing " + path + "." + name.substring(0, name.length() - 1));
    }

    private static Optional<String> below(String path, JsonElement value, Map<String, Set<String>> fields) {
        if (value.isJsonObject()) {
            return fault(path, value.getAsJsonObject(), fields);
        }
        if (value.isJsonArray()) {
            for (JsonElement item : value.getAsJsonArray()) {
                Optional<String> below = below(path + "[]", item, fields);
                if (below.isPresent()) {
                    return below;
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isString(JsonElement value) {
        return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
    }
}
