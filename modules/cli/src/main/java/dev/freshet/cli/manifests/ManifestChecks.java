package dev.freshet.cli.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import dev.freshet.cli.doctor.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks manifests for what renders and applies without an error, and does not work then. */
public final class ManifestChecks {

    private static final String PUBLISHER = "freshet-publisher";
    private static final String SUBSCRIBER = "freshet-subscriber";
    private static final String INJECT = "freshet.dev/inject";
    private static final String INJECTED = "freshet.dev/injected";

    private final ManifestSet set;
    private final List<Container> sidecars;
    private final List<Container> publishers;
    private final List<Finding> findings = new ArrayList<>();

    private ManifestChecks(ManifestSet set) {
        this.set = set;
        sidecars = set.running(SUBSCRIBER);
        publishers = set.running(PUBLISHER);
    }

    /**
     * Returns what is wrong, and what is worth knowing.
     *
     * @param expected how many workloads must have the sidecar; null: it is not known
     */
    public static List<Finding> judge(ManifestSet set, @Nullable Integer expected) {
        ManifestChecks checks = new ManifestChecks(set);
        checks.run(expected);
        return checks.findings;
    }

    private void run(@Nullable Integer expected) {
        if (set.objects().isEmpty()) {
            fault("objects", "there is no object", "see whether the command that prints the manifests has failed");
            return;
        }
        checkCount(expected);
        set.workloads().forEach(this::checkLabels);
        checkUnusedConfiguration();
        sidecars.forEach(this::checkSidecar);
        checkPublishers();
        checkSelectors();
        Set<String> secrets = new TreeSet<>();
        sidecars.forEach(c -> findings.addAll(ContainerChecks.judge(set, c, secrets)));
        publishers.forEach(c -> findings.addAll(ContainerChecks.judge(set, c, secrets)));
        if (!secrets.isEmpty()) {
            findings.add(Finding.note(
                    "secrets", "these Secrets must be in the cluster: " + String.join("; ", secrets), null));
        }
    }

    private void fault(String check, String text, String remedy) {
        findings.add(Finding.fault(check, text, remedy));
    }

    private void checkCount(@Nullable Integer expected) {
        List<String> owners =
                sidecars.stream().map(c -> c.owner().toString()).distinct().toList();
        String found = owners.isEmpty()
                ? "no workload has"
                : owners.size() + " with the sidecar: " + String.join(", ", owners);
        if (expected != null && expected != owners.size()) {
            fault(
                    "sidecars",
                    (owners.isEmpty() ? "no workload has the sidecar" : found) + "; " + expected + " should",
                    "label the others " + INJECT + ": \"true\", on the Deployment itself");
        } else if (sidecars.isEmpty() && publishers.isEmpty() && !isOnlyMonitoring()) {
            fault(
                    "sidecars",
                    "there is neither a sidecar nor a publisher among "
                            + set.objects().size() + " objects",
                    "label your Deployment " + INJECT + ": \"true\", on the Deployment itself, and list the component"
                            + " subscriber-sidecar");
        } else if (!owners.isEmpty()) {
            findings.add(Finding.ok("sidecars", found));
        }
    }

    private boolean isOnlyMonitoring() {
        return set.workloads().findAny().isEmpty()
                && set.ofKind("PodMonitor").findAny().isPresent();
    }

    /** The label that asks for the sidecar, on everything that may have it. */
    private void checkLabels(KubernetesObject workload) {
        boolean hasSidecar = sidecars.stream().anyMatch(c -> c.owner().equals(workload));
        JsonNode label = workload.labels().path(INJECT);
        if (hasSidecar) {
            if (!workload.template()
                    .at("/metadata/labels")
                    .path(INJECTED)
                    .asText()
                    .equals("true")) {
                fault(
                        "label",
                        "the Pods of " + workload + " have the sidecar and no label " + INJECTED
                                + ", so that neither PodMonitor nor NetworkPolicy finds them",
                        "add " + INJECTED + ": \"true\" to the Pod's labels");
            }
            return;
        }
        boolean isOnPods = !workload.kind().equals("Pod")
                && workload.template().at("/metadata/labels").has(INJECT);
        if (!label.isMissingNode() && !label.asText().equals("true")) {
            findings.add(Finding.note(
                    "label",
                    workload + " has the label " + INJECT + ": \"" + label.asText() + "\", and gets no sidecar",
                    "write \"true\" if it should get one"));
        } else if (!label.isMissingNode()
                && !Set.of("Deployment", "StatefulSet").contains(workload.kind())) {
            fault(
                    "label",
                    workload
                            + " asks for the sidecar and has none: the component serves Deployments and StatefulSets only",
                    "copy sidecar.yaml into a patch of your own for it");
        } else if (!label.isMissingNode()) {
            fault(
                    "label",
                    workload + " asks for the sidecar and has none",
                    "list the component subscriber-sidecar; set the label in the file of the workload, not under labels: of"
                            + " the same kustomization, which come too late");
        } else if (isOnPods) {
            fault(
                    "label",
                    workload + " has the label " + INJECT + " on its Pods, where nothing looks for it",
                    "move it to the metadata of the " + workload.kind() + " itself");
        }
    }

    /** Regions that no Pod reads are what is left of a component that selected nothing. */
    private void checkUnusedConfiguration() {
        set.ofKind("ConfigMap")
                .filter(map -> map.json().path("data").has("subscriber.yaml"))
                .filter(map -> set.workloads().noneMatch(workload -> workload.isBeside(map) && mounts(workload, map)))
                .forEach(map -> fault(
                        "sidecars",
                        map + " configures sidecars, and no Pod mounts it: nothing was injected",
                        "label your Deployment " + INJECT + ": \"true\", on the Deployment itself"));
    }

    private static boolean mounts(KubernetesObject workload, KubernetesObject map) {
        for (JsonNode volume : workload.template().at("/spec/volumes")) {
            if (volume.at("/configMap/name").asText().equals(map.name())) {
                return true;
            }
        }
        return false;
    }

    private void checkSidecar(Container sidecar) {
        if (sidecar.isInit() && !sidecar.json().path("restartPolicy").asText().equals("Always")) {
            fault(
                    "sidecar",
                    sidecar + " is an init container without restartPolicy: Always, for whose end the Pod would wait",
                    "add restartPolicy: Always");
        }
        if (sidecar.owner().template().at("/spec/enableServiceLinks").asBoolean(true)) {
            findings.add(Finding.note(
                    "sidecar",
                    sidecar + " gets a variable for each Service, some of which look like settings of Freshet",
                    "set enableServiceLinks: false"));
        }
    }

    private void checkPublishers() {
        for (Container publisher : publishers) {
            JsonNode replicas = publisher.owner().json().at("/spec/replicas");
            if (replicas.isInt() && replicas.asInt() == 0) {
                fault("publisher", publisher.owner() + " has no replicas", "set replicas to 2");
            } else {
                findings.add(Finding.ok("publisher", "the publisher is " + publisher.owner()));
            }
            if (isOpen(publisher)) {
                findings.add(Finding.note(
                        "rights",
                        "whoever reaches " + publisher.owner() + " can evict everything",
                        "add publisher-tokens, publisher-client-certificates or network-policy"));
            }
        }
        if (publishers.isEmpty() && !sidecars.isEmpty()) {
            String askers = set.workloads()
                    .filter(w -> w.template()
                            .at("/metadata/labels")
                            .path("freshet.dev/publishes")
                            .asText()
                            .equals("true"))
                    .map(KubernetesObject::toString)
                    .collect(Collectors.joining(", "));
            if (askers.isEmpty()) {
                findings.add(Finding.note(
                        "publisher",
                        "there is no publisher: the sidecars hear changes of one that runs elsewhere with the same Redis, or of"
                                + " Java applications that publish themselves",
                        null));
            } else {
                findings.add(Finding.note(
                        "publisher",
                        "there is no publisher, and " + askers + " publishes through one (freshet.dev/publishes)",
                        "add base, unless it runs in another namespace"));
            }
        }
    }

    private boolean isOpen(Container publisher) {
        for (JsonNode variable : publisher.json().path("env")) {
            if (Set.of("FRESHET_HTTP_TOKENS_FILE", "FRESHET_HTTP_TLS_CLIENT_CA")
                    .contains(variable.path("name").asText())) {
                return false;
            }
        }
        return set.ofKind("NetworkPolicy")
                .noneMatch(policy -> publisher.owner().isBeside(policy)
                        && publisher.owner().isSelectedBy(policy.json().at("/spec/podSelector/matchLabels")));
    }

    /** What leads to a publisher or to sidecars must find some. */
    private void checkSelectors() {
        for (String kind : List.of("Service", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor")) {
            set.ofKind(kind)
                    .filter(object -> List.of(PUBLISHER, SUBSCRIBER).contains(object.name()))
                    .filter(object ->
                            !object.json().at("/spec/namespaceSelector").has("any"))
                    .filter(object -> set.workloads()
                            .noneMatch(
                                    workload -> workload.isBeside(object) && workload.isSelectedBy(selector(object))))
                    .forEach(object -> fault(
                            object.name().equals(PUBLISHER) ? "publisher" : "sidecars",
                            object + " selects no Pod",
                            object.name().equals(PUBLISHER)
                                    ? "add base, which brings the Deployment " + PUBLISHER
                                    : "label your Deployment " + INJECT + ": \"true\", on the Deployment itself"));
        }
    }

    private static JsonNode selector(KubernetesObject object) {
        return switch (object.kind()) {
            case "Service" -> object.json().at("/spec/selector");
            case "NetworkPolicy" -> object.json().at("/spec/podSelector/matchLabels");
            default -> object.json().at("/spec/selector/matchLabels");
        };
    }
}
