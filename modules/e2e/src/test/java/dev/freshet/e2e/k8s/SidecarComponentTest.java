package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adds the component to a user's kustomization, and checks the result. */
@Tag("pure")
class SidecarComponentTest {
    private static final String WORKLOAD = """
            apiVersion: apps/v1
            kind: %s
            metadata:
              name: %s
              labels: {app: %s%s}
            spec:
              selector:
                matchLabels: {app: %s}
              template:
                metadata:
                  labels: {app: %s}
                spec:
                  initContainers:
                    - name: migrate
                      image: migrate:1
                  containers:
                    - name: app
                      image: app:1
                      volumeMounts:
                        - {name: data, mountPath: /data}
                  volumes:
                    - name: data
                      emptyDir: {}
            ---
            """;

    private RenderedSet rendered = new RenderedSet(List.of());

    @BeforeEach
    void render_a_users_kustomization(@TempDir Path folder) throws IOException {
        // Kustomize takes only relative paths, and follows no link out of a folder, so the component is copied.
        Path component = Checkout.file("k8s/components/subscriber-sidecar");
        Path copy = Files.createDirectories(folder.resolve("freshet"));
        try (var files = Files.list(component)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Path mine = Files.createDirectories(folder.resolve("mine"));
        Files.writeString(
                mine.resolve("workloads.yaml"),
                workload("Deployment", "shop", true)
                        + workload("StatefulSet", "store", true)
                        + workload("Deployment", "mailer", false));
        Files.writeString(mine.resolve("regions.yaml"), """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: freshet-subscriber
                data:
                  subscriber.yaml: |
                    regions:
                      orders:
                        maximum-entries: 1000
                """);
        Files.writeString(mine.resolve("kustomization.yaml"), """
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                namePrefix: test-
                resources: [workloads.yaml]
                components: [../freshet]
                patches:
                  - path: regions.yaml
                images:
                  - name: freshet-subscriber
                    newName: registry.example.com/freshet-subscriber
                    newTag: "9"
                """);
        rendered = new RenderedSet(Kustomization.render(mine));
    }

    @Test
    void every_object_stays_valid() {
        assertThat(rendered.manifests()).isNotEmpty().allSatisfy(m -> assertThat(StrictSchema.fault(m))
                .isEmpty());
        assertThat(rendered.faults()).isEmpty();
    }

    @Test
    void the_sidecar_is_an_init_container_that_restarts_and_starts_before_the_users_own() {
        for (JsonObject pod : List.of(pod("Deployment", "test-shop"), pod("StatefulSet", "test-store"))) {
            List<JsonObject> initContainers = Manifest.list(pod, "initContainers");
            assertThat(initContainers)
                    .extracting(c -> c.get("name").getAsString())
                    .containsExactly("freshet-subscriber", "migrate");
            JsonObject sidecar = initContainers.get(0);
            assertThat(sidecar.get("restartPolicy").getAsString()).isEqualTo("Always");
            assertThat(Manifest.at(sidecar, "startupProbe.httpGet.path")
                            .orElseThrow()
                            .getAsString())
                    .isEqualTo("/health/started");
        }
    }

    @Test
    void the_users_own_containers_and_volumes_are_left_as_they_were() {
        JsonObject pod = pod("Deployment", "test-shop");
        JsonObject untouched = pod("Deployment", "test-mailer");

        assertThat(pod.get("containers")).isEqualTo(untouched.get("containers"));
        assertThat(Manifest.list(pod, "volumes")).containsAll(Manifest.list(untouched, "volumes"));
    }

    @Test
    void a_deployment_without_the_label_gets_nothing() {
        assertThat(Manifest.list(pod("Deployment", "test-mailer"), "initContainers"))
                .extracting(c -> c.get("name").getAsString())
                .containsExactly("migrate");
    }

    @Test
    void the_sidecar_itself_keeps_every_rule_for_pods() {
        JsonObject pod = pod("Deployment", "test-shop");
        JsonObject template = new JsonObject();
        template.add("spec", pod.deepCopy());
        JsonObject only = template.getAsJsonObject("spec");
        only.getAsJsonArray("initContainers").remove(1);
        only.getAsJsonArray("containers").remove(0);
        only.getAsJsonArray("volumes")
                .asList()
                .removeIf(v -> v.getAsJsonObject().get("name").getAsString().equals("data"));

        assertThat(PodRules.faults(template)).isEmpty();
    }

    @Test
    void the_users_regions_the_users_image_and_the_users_names_are_taken() {
        Manifest config = rendered.generated("ConfigMap", "test-freshet-subscriber");
        JsonObject pod = pod("Deployment", "test-shop");
        JsonObject sidecar = Manifest.list(pod, "initContainers").get(0);

        assertThat(config.json().getAsJsonObject("data").get("subscriber.yaml").getAsString())
                .contains("orders")
                .doesNotContain("default");
        assertThat(Manifest.list(pod, "volumes"))
                .extracting(v -> Manifest.at(v, "configMap.name"))
                .anySatisfy(name -> assertThat(name.map(n -> n.getAsString())).contains(config.name()));
        assertThat(sidecar.get("image").getAsString()).isEqualTo("registry.example.com/freshet-subscriber:9");
    }

    private JsonObject pod(String kind, String name) {
        return rendered.one(kind, name).podTemplate().orElseThrow().getAsJsonObject("spec");
    }

    private static String workload(String kind, String name, boolean inject) {
        String label = inject ? ", freshet.dev/inject: \"true\"" : "";
        return WORKLOAD.formatted(kind, name, name, label, name, name);
    }
}
