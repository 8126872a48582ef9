package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.marcnuri.helm.Helm;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The charts: what they render keeps the rules of the manifests, and what a user writes wrongly is an error that names it. */
@Tag("pure")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class ChartTest {

    private Chart example;
    private Chart freshet;

    @BeforeAll
    void give_the_example_its_dependency(@TempDir Path folder) {
        example = Chart.example(folder);
        freshet = example.dependency();
    }

    private static String everything() {
        return Stream.of(Component.values()).map(Component::settings).reduce("", ChartTest::merged);
    }

    /** Puts the values of components together; those below the same name go into one map. */
    static String merged(String one, String another) {
        JsonObject result =
                one.isEmpty() ? new JsonObject() : YamlDocuments.parse(one).get(0);
        merge(result, YamlDocuments.parse(another).get(0));
        return result.toString();
    }

    private static void merge(JsonObject into, JsonObject from) {
        from.entrySet().forEach(field -> {
            JsonElement former = into.get(field.getKey());
            if (former != null && former.isJsonObject()) {
                merge(former.getAsJsonObject(), field.getValue().getAsJsonObject());
            } else {
                into.add(field.getKey(), field.getValue());
            }
        });
    }

    Stream<List<Manifest>> renderings() {
        return Stream.of(
                freshet.render("{}"),
                freshet.render(everything()),
                example.render("{}"),
                example.render("{freshet: " + everything() + "}"));
    }

    @ParameterizedTest
    @MethodSource("renderings")
    void every_object_is_valid_every_pod_locked_down_and_every_reference_right(List<Manifest> manifests) {
        for (Manifest manifest : manifests) {
            assertThat(StrictSchema.fault(manifest)).as(manifest.toString()).isEmpty();
            manifest.podTemplate().ifPresent(template -> assertThat(PodRules.faults(template))
                    .as(manifest.toString())
                    .isEmpty());
        }
        RenderedSet set = new RenderedSet(manifests);
        boolean hasSidecar = manifests.stream().anyMatch(m -> m.name().equals("products"));
        assertThat(set.faults())
                .allMatch(fault -> !hasSidecar && fault.equals("NetworkPolicy/freshet-subscriber selects no Pod"));
    }

    @Test
    void helm_finds_no_fault() {
        assertThat(new Helm(freshet.folder()).lint().strict().quiet().call().getMessages())
                .isEmpty();
    }

    @Test
    void the_chart_is_for_the_images_that_the_manifests_name() throws Exception {
        JsonObject chart = YamlDocuments.read(Checkout.file("k8s/helm/freshet/Chart.yaml"));

        assertThat(Files.readString(Checkout.file("k8s/base/deployment.yaml")))
                .contains("image: freshet-publisher:" + chart.get("appVersion").getAsString() + "\n");
        assertThat(chart.get("version")).isEqualTo(chart.get("appVersion"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "publisher: {replicas: two} | publisher/replicas | integer",
                "publisher: {replica: 3} | publisher | 'replica'",
                "publisher: {tls: true} | publisher/tls | object",
                "publisher: {image: freshet:1} | publisher/image | object",
                "publisher: {image: {pullPolicy: always}} | publisher/image/pullPolicy | Always",
                "publisher: {env: {A: b}} | publisher/env | array",
                "publisher: {env: [{value: b}]} | publisher/env/0 | name",
                "publisher: {resources: {limit: {memory: 1Gi}}} | publisher/resources | 'limit'",
                "subscriber: {regions: [users]} | subscriber/regions | object",
                "redis: {uri: redis://localhost} | redis | 'uri'",
                "redis: {secret: My Secret} | redis/secret | pattern",
                "networkPolicy: {monitoringNamespace: ''} | networkPolicy/monitoringNamespace | pattern",
                "monitoring: {runbook: wiki} | monitoring/runbook | pattern",
                "monitoring: {runbook: 'https://wiki/#top'} | monitoring/runbook | pattern",
                "monitoring: {labels: {release: 1}} | monitoring/labels/release | string",
                "publishers: {} | freshet | 'publishers'",
                "publisher: {tls: {management: true}} | publisher.tls.management | publisher.tls.enabled: true",
            })
    void a_wrong_value_is_an_error_that_names_it(String values, String field, String right) {
        assertThatThrownBy(() -> freshet.render(values))
                .hasMessageContaining(field)
                .hasMessageContaining(right);
    }

    @Test
    void values_of_the_publisher_are_where_they_should_be() {
        RenderedSet set = new RenderedSet(freshet.render("""
                redis: {secret: r, files: {enabled: true, secret: rf}}
                publisher:
                  replicas: 5
                  image: {repository: registry.example.com/p, tag: "9", pullPolicy: Always}
                  imagePullSecrets: [{name: pull}]
                  config: {log: {maximum-records: 7}, heartbeat: 1s}
                  env: [{name: JAVA_TOOL_OPTIONS, value: -Dx=y}]
                  resources: {limits: {memory: 1Gi}}
                  tls: {enabled: true, secret: t}
                  tokens: {enabled: true, secret: k}
                """));
        Manifest deployment = set.one("Deployment", "freshet-publisher");
        JsonObject pod = deployment.podTemplate().orElseThrow().getAsJsonObject("spec");
        JsonObject container = Manifest.list(pod, "containers").get(0);
        JsonObject config = YamlDocuments.parse(set.one("ConfigMap", "freshet-publisher")
                        .at("data")
                        .orElseThrow()
                        .getAsJsonObject()
                        .get("publisher.yaml")
                        .getAsString())
                .get(0);

        assertThat(deployment.at("spec.replicas").orElseThrow().getAsInt()).isEqualTo(5);
        assertThat(container.get("image").getAsString()).isEqualTo("registry.example.com/p:9");
        assertThat(container.get("imagePullPolicy").getAsString()).isEqualTo("Always");
        assertThat(pod.get("imagePullSecrets")).hasToString("[{\"name\":\"pull\"}]");
        assertThat(Manifest.at(config, "log.maximum-records").orElseThrow().getAsInt())
                .isEqualTo(7);
        assertThat(config.get("heartbeat").getAsString()).isEqualTo("1s");
        assertThat(Manifest.at(config, "http.port").orElseThrow().getAsInt()).isEqualTo(8700);
        assertThat(container.get("resources"))
                .hasToString("{\"limits\":{\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"200m\",\"memory\":\"256Mi\"}}");
        assertThat(Manifest.list(container, "env"))
                .extracting(v -> v.get("name").getAsString())
                .contains("JAVA_TOOL_OPTIONS", "FRESHET_REDIS_URI", "FRESHET_HTTP_TOKENS_FILE");
        assertThat(secretsOf(pod)).isEqualTo(Set.of("r", "rf", "t", "k"));
    }

    /** Returns the names of all Secrets that a Pod reads. */
    private static Set<String> secretsOf(JsonObject pod) {
        Stream<JsonElement> mounted =
                Manifest.list(pod, "volumes").stream().flatMap(v -> Manifest.at(v, "secret.secretName").stream());
        Stream<JsonElement> variables = PodRules.containers(pod).stream()
                .flatMap(c -> Manifest.list(c, "env").stream())
                .flatMap(v -> Manifest.at(v, "valueFrom.secretKeyRef.name").stream());
        return Stream.concat(mounted, variables)
                .map(JsonElement::getAsString)
                .collect(java.util.stream.Collectors.toSet());
    }

    @Test
    void values_of_the_sidecar_are_where_they_should_be() {
        JsonObject pod = products("""
                freshet:
                  redis: {secret: r, files: {secret: rf}}
                  subscriber:
                    image: {tag: "9", pullPolicy: Never}
                    env: [{name: FRESHET_STARTUP_WAIT, value: 5s}]
                    resources: {requests: {cpu: 2}}
                    tokens: {enabled: true, secret: k}
                    tls: {management: true, secret: t}
                """);
        JsonObject sidecar = Manifest.list(pod, "initContainers").get(0);

        assertThat(sidecar.get("image").getAsString()).isEqualTo("registry.example.com/freshet-subscriber:9");
        assertThat(sidecar.get("imagePullPolicy").getAsString()).isEqualTo("Never");
        assertThat(Manifest.at(sidecar, "resources.requests.cpu").orElseThrow().getAsInt())
                .isEqualTo(2);
        assertThat(Manifest.list(sidecar, "env"))
                .extracting(v -> v.get("name").getAsString())
                .contains("FRESHET_STARTUP_WAIT", "FRESHET_REDIS_URI");
        assertThat(secretsOf(pod)).isEqualTo(Set.of("r", "rf", "t", "k"));
    }

    private JsonObject products(String values) {
        return new RenderedSet(example.render(values))
                .one("Deployment", "products")
                .podTemplate()
                .orElseThrow()
                .getAsJsonObject("spec");
    }

    @Test
    void a_changed_configuration_restarts_the_pods_that_read_it() {
        assertThat(checksums(example.render("freshet: {publisher: {config: {heartbeat: 1s}}}")))
                .doesNotContainAnyElementsOf(
                        checksums(example.render("freshet: {subscriber: {config: {heartbeat: 1s}}}")));
    }

    private static Set<String> checksums(List<Manifest> manifests) {
        return manifests.stream()
                .flatMap(m -> m.podTemplate().stream())
                .flatMap(t -> Manifest.at(t, "metadata.annotations").stream())
                .map(JsonElement::toString)
                .collect(java.util.stream.Collectors.toSet());
    }

    @Test
    void the_sidecars_parts_are_what_is_injected() throws Exception {
        Path template = example.folder().resolve("templates/parts.yaml");
        Files.writeString(template, """
                apiVersion: v1
                kind: PodTemplate
                metadata: {name: parts}
                template:
                  metadata:
                    labels:
                      {{- include "freshet.sidecar.labels" . | nindent 6 }}
                    annotations:
                      {{- include "freshet.sidecar.annotations" . | nindent 6 }}
                  spec:
                    initContainers:
                      {{- include "freshet.sidecar" . | nindent 6 }}
                    containers: []
                    volumes:
                      {{- include "freshet.sidecar.volumes" . | nindent 6 }}
                """);
        RenderedSet set;
        try {
            set = new RenderedSet(example.render("{}"));
        } finally {
            Files.delete(template);
        }
        JsonObject parts = set.one("PodTemplate", "parts").json().getAsJsonObject("template");
        JsonObject injected = set.one("Deployment", "products").podTemplate().orElseThrow();

        assertThat(Manifest.at(parts, "spec.initContainers")).isEqualTo(Manifest.at(injected, "spec.initContainers"));
        assertThat(Manifest.at(parts, "spec.volumes")).isEqualTo(Manifest.at(injected, "spec.volumes"));
        assertThat(Manifest.at(parts, "metadata.annotations")).isEqualTo(Manifest.at(injected, "metadata.annotations"));
        assertThat(Manifest.at(injected, "metadata.labels").orElseThrow().toString())
                .contains("\"freshet.dev/injected\":\"true\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{{ include \"freshet.inject\" (list . \"kind: Job\") }}' | {} | takes a Deployment or a StatefulSet, not Job",
                "'{{ include \"freshet.inject\" (list . \"a: [\") }}' | {} | cannot read the workload",
                "'{{ include \"freshet.sidecar\" . }}' | {freshet: {subscriber: {enabled: false}}} | freshet.subscriber.enabled is false",
                "'{{ include \"freshet.sidecar\" (omit . \"Subcharts\" | merge (dict \"Subcharts\" (dict))) }}' | {} | find no chart named freshet",
            })
    void a_sidecar_that_cannot_be_is_an_error_that_says_why(String template, String values, String why)
            throws Exception {
        Path file = Files.writeString(example.folder().resolve("templates/a-wrong-one.yaml"), template);
        try {
            assertThatThrownBy(() -> example.render(values)).hasMessageContaining(why);
        } finally {
            Files.delete(file);
        }
    }
}
