package dev.freshet.cli.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One object of a cluster, as its manifest has it. */
record KubernetesObject(JsonNode json) {

    private static final Map<String, String> TEMPLATES = Map.of(
            "Deployment", "/spec/template",
            "StatefulSet", "/spec/template",
            "DaemonSet", "/spec/template",
            "ReplicaSet", "/spec/template",
            "Job", "/spec/template",
            "CronJob", "/spec/jobTemplate/spec/template",
            "Pod", "");

    String kind() {
        return json.path("kind").asText();
    }

    String name() {
        return json.at("/metadata/name").asText();
    }

    /** Returns the namespace; empty: the one to which it is applied. */
    String namespace() {
        return json.at("/metadata/namespace").asText();
    }

    JsonNode labels() {
        return json.at("/metadata/labels");
    }

    /** May both be in the same namespace? */
    boolean isBeside(KubernetesObject other) {
        return namespace().isEmpty()
                || other.namespace().isEmpty()
                || namespace().equals(other.namespace());
    }

    boolean hasPods() {
        return TEMPLATES.containsKey(kind());
    }

    /** Returns the template of its Pods; a missing node if it has none. */
    JsonNode template() {
        return hasPods() ? json.at(TEMPLATES.getOrDefault(kind(), "")) : json.at("/none");
    }

    /** Returns its containers, those of the init phase first. */
    List<Container> containers() {
        List<Container> all = new ArrayList<>();
        JsonNode spec = template().path("spec");
        for (String phase : List.of("initContainers", "containers")) {
            spec.path(phase).forEach(json -> all.add(new Container(this, phase.equals("initContainers"), json)));
        }
        return all;
    }

    /** Does a selector ({@code matchLabels}, or the plain map of a Service) select its Pods? */
    boolean isSelectedBy(JsonNode labels) {
        JsonNode own = template().at("/metadata/labels");
        Set<Map.Entry<String, JsonNode>> wanted = labels.properties();
        return hasPods()
                && !wanted.isEmpty()
                && wanted.stream().allMatch(label -> own.path(label.getKey()).equals(label.getValue()));
    }

    @Override
    public String toString() {
        return kind() + " " + (namespace().isEmpty() ? "" : namespace() + "/") + name();
    }
}
