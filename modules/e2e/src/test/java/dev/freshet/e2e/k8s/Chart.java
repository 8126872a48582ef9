package dev.freshet.e2e.k8s;

import com.marcnuri.helm.Helm;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Renders a chart with Helm's own engine, as {@code helm template} does. */
record Chart(Path folder) {
    /** The name of the release. */
    static final String RELEASE = "spring";

    /** The namespace of the release. */
    static final String NAMESPACE = "shop";

    /**
     * Copies this repository's charts to a folder, each link as the file that it leads to, and gives the example its dependency, as
     * {@code helm dependency update} does.
     */
    static Chart example(Path folder) {
        Path charts = Checkout.file("k8s/helm");
        try (Stream<Path> files = Files.walk(charts, java.nio.file.FileVisitOption.FOLLOW_LINKS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(charts.relativize(file).toString());
                Files.createDirectories(copy.resolveSibling("."));
                Files.copy(file, copy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Chart example = new Chart(folder.resolve("example"));
        new Helm(example.folder).dependency().update().call();
        return example;
    }

    /** Returns the chart freshet that the example depends on. */
    Chart dependency() {
        return new Chart(folder.resolveSibling("freshet"));
    }

    /**
     * Returns the objects.
     *
     * @param values YAML; wins over the chart's own
     * @throws IllegalStateException if Helm refuses; the message is what Helm says
     */
    List<Manifest> render(String values) {
        return Manifest.parse(template(RELEASE, NAMESPACE, values));
    }

    /** Returns what {@code helm template} prints. */
    String template(String release, String namespace, String values) {
        try {
            Path file = Files.createTempFile("values", ".yaml");
            try {
                return new Helm(folder)
                        .template()
                        .withName(release)
                        .withNamespace(namespace)
                        .withKubeVersion("1.30.0")
                        .withValuesFile(Files.writeString(file, values))
                        .call();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
