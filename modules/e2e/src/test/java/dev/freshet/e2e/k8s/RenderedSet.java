package dev.freshet.e2e.k8s;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** All objects of one rendered kustomization, with checks of their references to each other. */
record RenderedSet(List<Manifest> manifests) {
    /** Objects that a user creates; a reference may lead to them. */
    private static final Set<String> BROUGHT_BY_THE_USER = Set.of(
            "freshet-redis",
            "freshet-redis-files",
            "freshet-publisher-tls",
            "freshet-publisher-tokens",
            "freshet-subscriber-tls",
            "freshet-subscriber-tokens",
            "sample-publisher");

    Stream<Manifest> ofKind(String kind) {
        return manifests.stream().filter(m -> m.kind().equals(kind));
    }

    Manifest one(String kind, String name) {
        return ofKind(kind)
                .filter(m -> m.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + "/" + name + " among " + manifests));
    }

    /** Returns the only ConfigMap or Secret of this name; kustomize adds a hash to the name. */
    Manifest generated(String kind, String name) {
        List<Manifest> found = ofKind(kind)
                .filter(m -> m.name().matches(name + "(-[a-z0-9]{10})?"))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError("expected one " + kind + " generated as " + name + ": " + found);
        }
        return found.get(0);
    }

    /** Returns every reference that leads to no object, or to a wrong one. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        manifests.forEach(m -> m.podTemplate().ifPresent(t -> references(m, t, faults)));
        ofKind("Service").forEach(service -> checkService(service, faults));
        Stream.of("PodDisruptionBudget", "PodMonitor", "NetworkPolicy")
                .flatMap(this::ofKind)
                .forEach(m -> {
                    String path = m.kind().equals("NetworkPolicy") ? "spec.podSelector" : "spec.selector";
                    // Pods of other namespaces are in other kustomizations.
                    boolean isForAll = m.at("spec.namespaceSelector.any").isPresent();
                    if (!isForAll
                            && selectedBy(labels(m, path + ".matchLabels")).isEmpty()) {
                        faults.add(m + " selects no Pod");
                    }
                });
        ofKind("PodMonitor").forEach(monitor -> checkMonitor(monitor, faults));
        ofKind("NetworkPolicy").forEach(policy -> checkPolicy(policy, faults));
        return faults;
    }

    private void references(Manifest owner, JsonObject template, List<String> faults) {
        JsonObject spec = template.getAsJsonObject("spec");
        Manifest.at(spec, "serviceAccountName").ifPresent(n -> expect(owner, "ServiceAccount", n, faults));
        for (JsonObject volume : Manifest.list(spec, "volumes")) {
            Manifest.at(volume, "configMap.name").ifPresent(n -> expect(owner, "ConfigMap", n, faults));
            Manifest.at(volume, "secret.secretName").ifPresent(n -> expect(owner, "Secret", n, faults));
        }
        for (JsonObject container : PodRules.containers(spec)) {
            for (JsonObject variable : Manifest.list(container, "env")) {
                Manifest.at(variable, "valueFrom.secretKeyRef.name").ifPresent(n -> expect(owner, "Secret", n, faults));
                Manifest.at(variable, "valueFrom.configMapKeyRef.name")
                        .ifPresent(n -> expect(owner, "ConfigMap", n, faults));
            }
        }
        Map<String, JsonElement> selector = labels(owner, "spec.selector.matchLabels");
        if (!matches(selector, template)) {
            faults.add(owner + " does not select its own Pods");
        }
    }

    private void expect(Manifest owner, String kind, JsonElement name, List<String> faults) {
        String wanted = name.getAsString();
        if (ofKind(kind).noneMatch(m -> m.name().equals(wanted)) && !BROUGHT_BY_THE_USER.contains(wanted)) {
            faults.add(owner + " refers to " + kind + "/" + wanted + ", which is not there");
        }
    }

    private void checkService(Manifest service, List<String> faults) {
        List<JsonObject> pods = selectedBy(labels(service, "spec.selector"));
        if (pods.isEmpty()) {
            faults.add(service + " selects no Pod");
        }
        for (JsonObject port : Manifest.list(service.json().getAsJsonObject("spec"), "ports")) {
            for (JsonObject pod : pods) {
                if (!hasPort(pod, port.get("targetPort"))) {
                    faults.add(service + " leads to port " + port.get("targetPort") + ", which its Pods do not have");
                }
            }
        }
    }

    private void checkMonitor(Manifest monitor, List<String> faults) {
        List<JsonObject> pods = selectedBy(labels(monitor, "spec.selector.matchLabels"));
        for (JsonObject endpoint : Manifest.list(monitor.json().getAsJsonObject("spec"), "podMetricsEndpoints")) {
            if (!pods.stream().allMatch(pod -> hasPort(pod, endpoint.get("port")))) {
                faults.add(monitor + " scrapes port " + endpoint.get("port") + ", which its Pods do not have");
            }
        }
    }

    private void checkPolicy(Manifest policy, List<String> faults) {
        List<JsonObject> pods = selectedBy(labels(policy, "spec.podSelector.matchLabels"));
        for (JsonObject rule : Manifest.list(policy.json().getAsJsonObject("spec"), "ingress")) {
            for (JsonObject port : Manifest.list(rule, "ports")) {
                boolean isRange = port.has("endPort");
                if (!isRange && !pods.stream().allMatch(pod -> hasPort(pod, port.get("port")))) {
                    faults.add(policy + " opens port " + port.get("port") + ", which its Pods do not have");
                }
            }
        }
    }

    private static boolean hasPort(JsonObject podTemplate, JsonElement port) {
        return PodRules.containers(podTemplate.getAsJsonObject("spec")).stream()
                .flatMap(container -> Manifest.list(container, "ports").stream())
                .anyMatch(p ->
                        p.get("name").equals(port) || p.get("containerPort").equals(port));
    }

    private List<JsonObject> selectedBy(Map<String, JsonElement> labels) {
        return manifests.stream()
                .flatMap(m -> m.podTemplate().stream())
                .filter(template -> matches(labels, template))
                .toList();
    }

    private static boolean matches(Map<String, JsonElement> selector, JsonObject template) {
        Optional<JsonElement> labels = Manifest.at(template, "metadata.labels");
        return !selector.isEmpty()
                && labels.isPresent()
                && labels.get().getAsJsonObject().entrySet().containsAll(selector.entrySet());
    }

    private static Map<String, JsonElement> labels(Manifest owner, String path) {
        return owner.at(path).map(labels -> labels.getAsJsonObject().asMap()).orElse(Map.of());
    }
}
