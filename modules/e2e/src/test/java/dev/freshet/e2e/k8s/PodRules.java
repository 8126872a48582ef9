package dev.freshet.e2e.k8s;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.custom.Quantity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The rules for every Pod beyond its schema: probes name existing ports, limits are not below requests, no container runs as root
 * or writes to its root file system, a container that fails says why in its termination message, every mount has its volume and no
 * Secret or ConfigMap is mounted as one file, and every object that a Pod refers to is rendered too.
 */
final class PodRules {
    private static final List<String> PROBES = List.of("startupProbe", "readinessProbe", "livenessProbe");

    private final JsonObject podSpec;
    private final List<String> faults = new ArrayList<>();

    private PodRules(JsonObject podSpec) {
        this.podSpec = podSpec;
    }

    /** Returns every fault of a Pod template. */
    static List<String> faults(JsonObject template) {
        PodRules rules = new PodRules(template.getAsJsonObject("spec"));
        rules.check();
        return rules.faults;
    }

    /** Returns the ordinary containers and the init containers of a Pod. */
    static List<JsonObject> containers(JsonObject podSpec) {
        List<JsonObject> all = new ArrayList<>(Manifest.list(podSpec, "initContainers"));
        all.addAll(Manifest.list(podSpec, "containers"));
        return all;
    }

    private void check() {
        Set<String> volumes = new HashSet<>();
        Set<String> mounted = new HashSet<>();
        Manifest.list(podSpec, "volumes")
                .forEach(volume -> volumes.add(volume.get("name").getAsString()));
        Set<String> portNames = new HashSet<>();
        for (JsonObject container : containers(podSpec)) {
            String name = container.get("name").getAsString();
            for (JsonObject port : Manifest.list(container, "ports")) {
                if (!portNames.add(port.get("name").getAsString())) {
                    faults.add(name + ": port name used twice: " + port.get("name"));
                }
            }
            for (JsonObject mount : Manifest.list(container, "volumeMounts")) {
                String volume = mount.get("name").getAsString();
                mounted.add(volume);
                if (mount.has("subPath") || mount.has("subPathExpr")) {
                    faults.add(name + ": mounts one file of " + volume
                            + ", which would not follow a change; mount the folder");
                }
                if (!volumes.contains(volume)) {
                    faults.add(name + ": mounts " + volume + ", which is no volume of the Pod");
                }
            }
            PROBES.forEach(probe -> checkProbe(name, container, probe));
            checkResources(name, container);
            checkSecurity(name, container);
            // Otherwise "CrashLoopBackOff" is all that `kubectl describe pod` says of a start that failed.
            expect(
                    name,
                    "terminationMessagePolicy",
                    "\"FallbackToLogsOnError\"",
                    Manifest.at(container, "terminationMessagePolicy"));
        }
        volumes.stream().filter(v -> !mounted.contains(v)).forEach(v -> faults.add("volume that nothing mounts: " + v));
    }

    private void checkProbe(String name, JsonObject container, String probe) {
        Optional<JsonElement> port = Manifest.at(container, probe + ".httpGet.port")
                .or(() -> Manifest.at(container, probe + ".tcpSocket.port"));
        boolean exists = port.isEmpty()
                || Manifest.list(container, "ports").stream()
                        .anyMatch(p -> p.get("name").equals(port.get())
                                || p.get("containerPort").equals(port.get()));
        if (!exists) {
            faults.add(name + ": " + probe + " asks port " + port.get() + ", which the container does not have");
        }
    }

    private void checkResources(String name, JsonObject container) {
        Map<String, JsonElement> requests = quantities(container, "resources.requests");
        Map<String, JsonElement> limits = quantities(container, "resources.limits");
        for (String needed : List.of("cpu", "memory")) {
            if (!requests.containsKey(needed)) {
                faults.add(name + ": requests no " + needed);
            }
        }
        if (!limits.containsKey("memory")) {
            faults.add(name + ": memory without a limit");
        }
        limits.forEach((resource, limit) -> {
            JsonElement request = requests.get(resource);
            if (request != null && amount(limit).compareTo(amount(request)) < 0) {
                faults.add(name + ": " + resource + " is limited to " + limit + ", below the requested " + request);
            }
        });
    }

    private static Map<String, JsonElement> quantities(JsonObject container, String path) {
        return Manifest.at(container, path)
                .map(q -> q.getAsJsonObject().asMap())
                .orElse(Map.of());
    }

    private static java.math.BigDecimal amount(JsonElement quantity) {
        return Quantity.fromString(quantity.getAsString()).getNumber();
    }

    private void checkSecurity(String name, JsonObject container) {
        expect(
                name,
                "readOnlyRootFilesystem",
                "true",
                Manifest.at(container, "securityContext.readOnlyRootFilesystem"));
        expect(
                name,
                "allowPrivilegeEscalation",
                "false",
                Manifest.at(container, "securityContext.allowPrivilegeEscalation"));
        expect(name, "capabilities.drop", "[\"ALL\"]", Manifest.at(container, "securityContext.capabilities.drop"));
        expect(name, "runAsNonRoot", "true", ofContainerOrPod(container, "runAsNonRoot"));
        expect(name, "seccompProfile.type", "\"RuntimeDefault\"", ofContainerOrPod(container, "seccompProfile.type"));
    }

    private Optional<JsonElement> ofContainerOrPod(JsonObject container, String setting) {
        return Manifest.at(container, "securityContext." + setting)
                .or(() -> Manifest.at(podSpec, "securityContext." + setting));
    }

    private void expect(String name, String setting, String wanted, Optional<JsonElement> found) {
        if (found.isEmpty() || !found.get().toString().equals(wanted)) {
            faults.add(name + ": " + setting + " must be " + wanted + ", is "
                    + found.map(Object::toString).orElse("not set"));
        }
    }
}
