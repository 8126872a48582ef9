package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Renders every kustomization that a user may apply, and checks its objects: schema, Pods, references. */
@Tag("pure")
class ManifestsTest {

    static Stream<String> kustomizations() throws IOException {
        try (Stream<Path> overlays = Files.list(Checkout.file("k8s/overlays"))) {
            List<String> names =
                    overlays.map(o -> "overlays/" + o.getFileName()).sorted().toList();
            return Stream.concat(Stream.of("base"), names.stream());
        }
    }

    @ParameterizedTest
    @MethodSource("kustomizations")
    void every_object_is_valid_to_the_last_field(String folder) {
        for (Manifest manifest : Kustomization.render(Checkout.file("k8s").resolve(folder))) {
            assertThat(StrictSchema.fault(manifest)).as(manifest.toString()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("kustomizations")
    void every_pod_is_locked_down_and_in_order(String folder) {
        for (Manifest manifest : Kustomization.render(Checkout.file("k8s").resolve(folder))) {
            manifest.podTemplate().ifPresent(template -> assertThat(PodRules.faults(template))
                    .as(manifest.toString())
                    .isEmpty());
        }
    }

    @ParameterizedTest
    @MethodSource("kustomizations")
    void what_objects_say_of_each_other_is_so(String folder) {
        assertThat(new RenderedSet(Kustomization.render(Checkout.file("k8s").resolve(folder))).faults())
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("kustomizations")
    void no_password_stands_in_a_config_map(String folder) {
        new RenderedSet(Kustomization.render(Checkout.file("k8s").resolve(folder)))
                .ofKind("ConfigMap")
                .forEach(map -> assertThat(map.json().toString())
                        .as(map.toString())
                        .doesNotContainPattern("rediss?://[^\"\\s]*@")
                        .doesNotContain("requirepass"));
    }

    @Test
    void the_publisher_survives_a_drained_node_and_leaves_its_service_before_it_stops() {
        RenderedSet base = new RenderedSet(Kustomization.render(Checkout.file("k8s/base")));
        Manifest publisher = base.one("Deployment", "freshet-publisher");
        JsonObject pod = publisher.podTemplate().orElseThrow().getAsJsonObject("spec");
        JsonObject container = Manifest.list(pod, "containers").get(0);

        assertThat(publisher.at("spec.replicas").orElseThrow().getAsInt()).isGreaterThan(1);
        assertThat(base.ofKind("PodDisruptionBudget")).hasSize(1);
        int pause = Manifest.at(container, "lifecycle.preStop.sleep.seconds")
                .orElseThrow()
                .getAsInt();
        assertThat(pause).isPositive();
        assertThat(Manifest.at(pod, "terminationGracePeriodSeconds")
                        .orElseThrow()
                        .getAsInt())
                .isGreaterThan(2 * pause);
        assertThat(Manifest.at(pod, "automountServiceAccountToken")
                        .orElseThrow()
                        .getAsBoolean())
                .isFalse();
        assertThat(Manifest.at(pod, "enableServiceLinks").orElseThrow().getAsBoolean())
                .isFalse();
        assertThat(Manifest.list(pod, "topologySpreadConstraints")).isNotEmpty();
    }

    @Test
    void one_kustomization_watches_the_publishers_and_sidecars_of_all_namespaces() {
        RenderedSet monitoring = new RenderedSet(Kustomization.render(Checkout.file("k8s/overlays/monitoring")));

        assertThat(monitoring.ofKind("PodMonitor"))
                .extracting(Manifest::name)
                .containsExactlyInAnyOrder("freshet-publisher", "freshet-subscriber");
        assertThat(monitoring.ofKind("PodMonitor"))
                .allSatisfy(m -> assertThat(m.at("spec.namespaceSelector")).hasToString("Optional[{\"any\":true}]"));
        assertThat(monitoring.manifests()).allSatisfy(m -> assertThat(
                        m.at("metadata.namespace").orElseThrow().getAsString())
                .isEqualTo("monitoring"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"freshet-publisher", "freshet-subscriber"})
    void only_the_namespace_of_monitoring_reaches_a_management_port(String name) {
        Manifest policy =
                new RenderedSet(Kustomization.render(Checkout.file("k8s/overlays/secured"))).one("NetworkPolicy", name);
        List<JsonObject> rules = Manifest.list(policy.json().getAsJsonObject("spec"), "ingress");
        String port = name.equals("freshet-publisher") ? "management" : "freshet-mgmt";
        int number = name.equals("freshet-publisher") ? 8701 : 8711;

        assertThat(rules)
                .filteredOn(rule -> opens(rule, port, number))
                .singleElement()
                .satisfies(
                        rule -> assertThat(rule.get("from"))
                                .hasToString(
                                        "[{\"namespaceSelector\":{\"matchLabels\":{\"kubernetes.io/metadata.name\":\"monitoring\"}}}]"));
        assertThat(rules).allSatisfy(rule -> assertThat(Manifest.list(rule, "ports"))
                .as("a rule without ports opens all")
                .isNotEmpty());
    }

    private static boolean opens(JsonObject rule, String name, int number) {
        return Manifest.list(rule, "ports").stream().anyMatch(port -> {
            String first = port.get("port").getAsString();
            boolean isTcp =
                    !port.has("protocol") || port.get("protocol").getAsString().equals("TCP");
            return first.equals(name)
                    || (isTcp
                            && port.has("endPort")
                            && Integer.parseInt(first) <= number
                            && number <= port.get("endPort").getAsInt());
        });
    }

    @Test
    void an_installation_leads_its_alerts_to_its_own_runbook() {
        Manifest rule = new RenderedSet(Kustomization.render(Checkout.file("k8s/overlays/example")))
                .one("PrometheusRule", "freshet");

        assertThat(Manifest.list(rule.json().getAsJsonObject("spec"), "groups"))
                .flatExtracting(group -> Manifest.list(group, "rules"))
                .hasSizeGreaterThan(20)
                .allSatisfy(alert -> assertThat(Manifest.at(alert, "annotations.runbook_url")
                                .orElseThrow()
                                .getAsString())
                        .matches("https://wiki\\.example\\.com/freshet/RUNBOOK\\.md#freshet[a-z]+"));
    }

    @Test
    void the_local_redis_never_evicts_a_log_and_bounds_a_slow_subscriber() {
        RenderedSet local = new RenderedSet(Kustomization.render(Checkout.file("k8s/overlays/local")));
        Optional<String> conf = local.generated("ConfigMap", "redis")
                .at("data")
                .map(data -> data.getAsJsonObject().get("redis.conf").getAsString());

        assertThat(conf.orElseThrow())
                .containsPattern("(?m)^maxmemory \\d+mb$")
                .containsPattern("(?m)^maxmemory-policy noeviction$")
                .containsPattern("(?m)^client-output-buffer-limit pubsub \\d+mb \\d+mb \\d+$");
    }
}
