package dev.freshet.e2e.images;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A container of a Pod, as its manifest restricts it: the same for a Docker engine. */
record PodContainer(JsonObject pod, JsonObject container) {

    /** By Kubernetes' default. */
    private static final int GRACE_SECONDS = 30;

    private static final Map<String, Long> UNITS =
            Map.of("", 1L, "Ki", 1L << 10, "Mi", 1L << 20, "Gi", 1L << 30, "k", 1_000L, "M", 1_000_000L);

    static PodContainer of(JsonObject pod, String list, String name) {
        return objects(pod, list)
                .filter(container -> container.get("name").getAsString().equals(name))
                .findFirst()
                .map(container -> new PodContainer(pod, container))
                .orElseThrow(() -> new AssertionError("no container " + name + " below " + list));
    }

    /**
     * Returns options of {@code docker run}.
     *
     * @param configuration the file that the Pod's ConfigMap holds
     */
    List<String> options(Path configuration) {
        List<String> options = new ArrayList<>(List.of("--user", user()));
        if (security("readOnlyRootFilesystem").getAsBoolean()) {
            options.add("--read-only");
        }
        if (!security("allowPrivilegeEscalation").getAsBoolean()) {
            options.addAll(List.of("--security-opt", "no-new-privileges"));
        }
        for (JsonElement capability : security("capabilities").getAsJsonObject().getAsJsonArray("drop")) {
            options.addAll(List.of("--cap-drop", capability.getAsString()));
        }
        String memory = String.valueOf(memoryLimitBytes());
        options.addAll(List.of("--memory", memory, "--memory-swap", memory));
        JsonObject limits = resources("limits");
        if (limits.has("cpu")) {
            options.addAll(List.of("--cpus", cores(limits).toPlainString()));
        }
        options.add("--cpu-shares="
                + cores(resources("requests"))
                        .multiply(BigDecimal.valueOf(1_024))
                        .intValue());
        objects(container, "env")
                .filter(variable -> variable.has("value"))
                .forEach(variable -> options.addAll(List.of(
                        "--env",
                        variable.get("name").getAsString() + "="
                                + variable.get("value").getAsString())));
        objects(container, "volumeMounts").forEach(mount -> options.addAll(mounted(mount, configuration)));
        return options;
    }

    private List<String> mounted(JsonObject mount, Path configuration) {
        String path = mount.get("mountPath").getAsString();
        JsonObject volume = objects(pod, "volumes")
                .filter(one -> one.get("name").equals(mount.get("name")))
                .findFirst()
                .orElseThrow();
        if (volume.has("emptyDir")) {
            long size =
                    bytes(volume.getAsJsonObject("emptyDir").get("sizeLimit").getAsString());
            return List.of("--tmpfs", path + ":rw,mode=1777,size=" + size);
        }
        if (volume.has("configMap")) {
            return List.of("--volume", configuration + ":" + path + "/" + configuration.getFileName() + ":ro");
        }
        throw new AssertionError("a volume of another kind: " + volume);
    }

    String user() {
        return security("runAsUser").getAsInt() + ":" + security("runAsGroup").getAsInt();
    }

    long memoryLimitBytes() {
        return bytes(resources("limits").get("memory").getAsString());
    }

    List<String> arguments() {
        return elements(container, "args").map(JsonElement::getAsString).toList();
    }

    /** Returns the paths that the kubelet asks, with the port. */
    List<String> probes() {
        return Stream.of("startupProbe", "livenessProbe", "readinessProbe")
                .map(probe -> container
                        .getAsJsonObject(probe)
                        .getAsJsonObject("httpGet")
                        .get("path")
                        .getAsString())
                .toList();
    }

    int graceSeconds() {
        JsonElement grace = pod.get("terminationGracePeriodSeconds");
        return grace == null ? GRACE_SECONDS : grace.getAsInt();
    }

    /** A field of the container's security context, else of the Pod's. */
    private JsonElement security(String field) {
        return Stream.of(container, pod)
                .filter(owner -> owner.has("securityContext"))
                .map(owner -> owner.getAsJsonObject("securityContext").get(field))
                .filter(value -> value != null)
                .findFirst()
                .orElseThrow(() -> new AssertionError("the manifest does not say " + field));
    }

    private JsonObject resources(String kind) {
        return container.getAsJsonObject("resources").getAsJsonObject(kind);
    }

    private static BigDecimal cores(JsonObject resources) {
        String cpu = resources.get("cpu").getAsString();
        return cpu.endsWith("m")
                ? new BigDecimal(cpu.substring(0, cpu.length() - 1)).movePointLeft(3)
                : new BigDecimal(cpu);
    }

    private static long bytes(String quantity) {
        String digits = quantity.replaceAll("\\D", "");
        Long unit = UNITS.get(quantity.substring(digits.length()));
        if (unit == null) {
            throw new AssertionError(String.format(Locale.ROOT, "no size: %s", quantity));
        }
        return Long.parseLong(digits) * unit;
    }

    private static Stream<JsonObject> objects(JsonObject owner, String list) {
        return elements(owner, list).map(JsonElement::getAsJsonObject);
    }

    private static Stream<JsonElement> elements(JsonObject owner, String list) {
        return owner.has(list) ? StreamSupport.stream(owner.getAsJsonArray(list).spliterator(), false) : Stream.of();
    }
}
