package dev.freshet.e2e.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.freshet.e2e.tool.YamlDocuments;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The chart and the kustomization render to the same objects. Left out are Helm's own labels, and by what a changed configuration
 * restarts Pods: kustomize names a ConfigMap after its content, the chart notes the content's hash at the Pod.
 */
@Tag("pure")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all tests
class ChartAndKustomizationTest {
    private static final List<String> ONLY_OF_ONE =
            List.of("helm.sh/chart", "app.kubernetes.io/managed-by", "checksum/config", "checksum/freshet-subscriber");

    private Chart example;

    @BeforeAll
    void give_the_example_its_dependency(@TempDir Path folder) {
        example = Chart.example(folder);
    }

    static List<List<Component>> combinations() {
        return Component.combinations();
    }

    @ParameterizedTest
    @MethodSource("combinations")
    void the_same_objects_for_each_combination_of_components(List<Component> components) throws IOException {
        // A kustomization may lead out of its folder by a relative path, and by no link.
        Path folder = Checkout.file("modules/e2e/target/kustomization");
        Files.createDirectories(folder);
        for (String file : List.of("products.yaml", "regions.yaml")) {
            Files.copy(
                    Checkout.file("k8s/overlays/example").resolve(file),
                    folder.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        String k8s = folder.relativize(Checkout.file("k8s")).toString();
        Files.writeString(
                folder.resolve("kustomization.yaml"),
                "namespace: " + Chart.NAMESPACE + "\nresources: [" + k8s
                        + "/base, products.yaml]\npatches: [{path: regions.yaml}]\ncomponents:\n- "
                        + k8s
                        + "/components/subscriber-sidecar\n"
                        + components.stream()
                                .map(c -> "- " + k8s + "/components/" + c.folder() + "\n")
                                .collect(Collectors.joining()));
        String values = components.stream().map(Component::settings).reduce("""
                        redis: {files: {enabled: false}}
                        networkPolicy: {publisher: false, subscribers: false}
                        monitoring: {enabled: false, runbook: "https://freshet.dev/freshet/blob/main/k8s/RUNBOOK.md"}
                        publisher: {image: {repository: freshet-publisher}}
                        subscriber: {image: {repository: freshet-subscriber}}
                        """, ChartTest::merged);

        Map<String, JsonElement> ofChart = normalised(example.render("freshet: " + asFlow(values)));
        ofChart.remove("Deployment/importer");
        assertSame(ofChart, Kustomization.render(folder));
    }

    private static String asFlow(String values) {
        return YamlDocuments.parse(values).get(0).toString();
    }

    @Test
    void the_example_is_the_same_both_ways() {
        assertSame(normalised(example.render("{}")), Kustomization.render(Checkout.file("k8s/overlays/example")));
    }

    private static void assertSame(Map<String, JsonElement> ofChart, List<Manifest> manifests) {
        Map<String, JsonElement> ofKustomization = normalised(manifests);
        assertThat(ofChart.keySet()).isEqualTo(ofKustomization.keySet());
        ofChart.forEach((name, object) -> assertThat(object).as(name).isEqualTo(ofKustomization.get(name)));
    }

    private static Map<String, JsonElement> normalised(List<Manifest> manifests) {
        Map<String, JsonElement> objects = new TreeMap<>();
        for (Manifest manifest : manifests) {
            JsonObject object = normalised(manifest.json()).getAsJsonObject();
            JsonObject metadata = object.getAsJsonObject("metadata");
            // An object without a namespace gets that of the release.
            metadata.addProperty("namespace", Chart.NAMESPACE);
            objects.put(manifest.kind() + "/" + metadata.get("name").getAsString(), object);
        }
        return objects;
    }

    private static JsonElement normalised(JsonElement element) {
        if (element.isJsonArray()) {
            JsonArray array = new JsonArray();
            element.getAsJsonArray().forEach(item -> array.add(normalised(item)));
            return array;
        }
        if (element.isJsonObject()) {
            JsonObject object = new JsonObject();
            element.getAsJsonObject().entrySet().forEach(field -> {
                String name = field.getKey();
                JsonElement value = normalised(field.getValue());
                boolean isEmpty = value.isJsonObject()
                        && value.getAsJsonObject().size() == 0
                        && List.of("labels", "annotations").contains(name);
                if (!ONLY_OF_ONE.contains(name) && !isEmpty) {
                    object.add(name, name.equals("subscriber.yaml") ? parsed(value) : value);
                }
            });
            return object;
        }
        if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isString()) {
            return new JsonPrimitive(element.getAsString()
                    .replaceFirst("^(freshet-publisher|freshet-subscriber)-[a-z0-9]{10}$", "$1")
                    .replaceFirst("^" + Chart.RELEASE + "-freshet-subscriber$", "freshet-subscriber"));
        }
        return element;
    }

    private static JsonElement parsed(JsonElement yaml) {
        return new Gson().toJsonTree(YamlDocuments.parse(yaml.getAsString()).get(0));
    }
}
