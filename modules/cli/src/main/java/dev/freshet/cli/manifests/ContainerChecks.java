package dev.freshet.cli.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freshet.cli.doctor.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks a container of ours: its probes, its mounts, and the ConfigMaps and Secrets that it refers to. */
final class ContainerChecks {

    private static final List<String> PROBES = List.of("startupProbe", "readinessProbe", "livenessProbe");

    private final ManifestSet set;
    private final Container container;
    private final Set<String> secretsOfOthers;
    private final List<Finding> findings = new ArrayList<>();

    private ContainerChecks(ManifestSet set, Container container, Set<String> secretsOfOthers) {
        this.set = set;
        this.container = container;
        this.secretsOfOthers = secretsOfOthers;
    }

    /** Returns the faults. Adds Secrets that are not among the manifests, and which keys of them are read. */
    static List<Finding> judge(ManifestSet set, Container container, Set<String> secretsOfOthers) {
        ContainerChecks checks = new ContainerChecks(set, container, secretsOfOthers);
        checks.run();
        return checks.findings;
    }

    private void run() {
        if (container.json().path("image").asText().isEmpty()) {
            fault(
                    "image",
                    "has no image: a component that changes it was applied before the one that brings it",
                    "list subscriber-sidecar first, under components:");
        }
        for (String probe : PROBES) {
            for (String action : List.of("httpGet", "tcpSocket")) {
                JsonNode port = container.json().path(probe).path(action).path("port");
                if (!port.isMissingNode() && !container.hasPort(port)) {
                    fault(
                            "probe",
                            "has a " + probe + " at port " + port.asText() + ", which the container does not have",
                            "add it to ports, or correct the probe");
                }
            }
        }
        container.json().path("env").forEach(this::checkVariable);
        container.json().path("volumeMounts").forEach(this::checkMount);
        checkFilesThatVariablesName();
    }

    private void fault(String check, String text, String remedy) {
        findings.add(Finding.fault(check, container + " " + text, remedy));
    }

    private void checkVariable(JsonNode variable) {
        for (Map.Entry<String, String> kind :
                Map.of("secretKeyRef", "Secret", "configMapKeyRef", "ConfigMap").entrySet()) {
            JsonNode reference = variable.path("valueFrom").path(kind.getKey());
            if (!reference.isMissingNode() && !reference.path("optional").asBoolean()) {
                checkKey(
                        kind.getValue(),
                        reference.path("name").asText(),
                        reference.path("key").asText(),
                        "for " + variable.path("name").asText());
            }
        }
    }

    private void checkMount(JsonNode mount) {
        String name = mount.path("name").asText();
        JsonNode volume = container.volume(name);
        if (volume.isMissingNode()) {
            fault(
                    "volume",
                    "mounts " + name + ", which is no volume of its Pod",
                    "add the volume, or remove the mount");
            return;
        }
        boolean isFile = mount.has("subPath") || mount.has("subPathExpr");
        if (isFile && (volume.has("secret") || volume.has("configMap"))) {
            fault(
                    "rotation",
                    "mounts one file of " + name + " (subPath), which does not follow a change",
                    "mount the folder");
        }
    }

    /** A file that an argument or a variable names must be a key of what is mounted there. */
    private void checkFilesThatVariablesName() {
        List<String> paths = new ArrayList<>();
        container.json().path("args").forEach(argument -> paths.add(argument.asText()));
        container
                .json()
                .path("env")
                .forEach(variable -> paths.add(variable.path("value").asText()));
        for (String path : paths) {
            for (JsonNode mount : container.json().path("volumeMounts")) {
                String folder = mount.path("mountPath").asText() + "/";
                JsonNode volume = container.volume(mount.path("name").asText());
                if (path.startsWith(folder) && !mount.has("subPath") && !hasItems(volume)) {
                    String key = path.substring(folder.length());
                    if (volume.has("configMap")) {
                        checkKey("ConfigMap", volume.at("/configMap/name").asText(), key, "as " + path);
                    } else if (volume.has("secret")) {
                        checkKey("Secret", volume.at("/secret/secretName").asText(), key, "as " + path);
                    }
                }
            }
        }
    }

    /** Keys are renamed then. */
    private static boolean hasItems(JsonNode volume) {
        return volume.path("configMap").has("items") || volume.path("secret").has("items");
    }

    private void checkKey(String kind, String name, String key, String why) {
        KubernetesObject object = set.referredTo(container.owner(), kind, name).orElse(null);
        if (object == null && kind.equals("Secret")) {
            String namespace = container.owner().namespace();
            secretsOfOthers.add((namespace.isEmpty() ? "" : namespace + "/") + name + " with the key " + key);
        } else if (object == null) {
            fault(
                    "reference",
                    "reads the " + kind + " " + name + " " + why + ", which is not there",
                    "add it, or correct the name");
        } else if (List.of("data", "binaryData", "stringData").stream()
                .noneMatch(field -> object.json().path(field).has(key))) {
            fault(
                    "reference",
                    "reads the key " + key + " of " + object + " " + why + ", which it does not have",
                    "add the key, or correct its name");
        }
    }
}
