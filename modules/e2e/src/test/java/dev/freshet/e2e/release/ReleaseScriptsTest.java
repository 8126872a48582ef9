package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.HostTool;
import dev.freshet.e2e.tool.HostTool.Finished;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts that RELEASING.md and the workflow name. */
@Tag("pure")
class ReleaseScriptsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    Path folder;

    @Test
    void everyFileGetsTheVersionAndThenTheNext() throws IOException {
        Path checkout = checkout();
        String developed = version(checkout);

        assertThat(run(checkout, ".ci/set-version", "7.8.9").exit()).isZero();
        assertThat(version(checkout)).isEqualTo("7.8.9");
        assertThat(linesWith(checkout, developed)).isEmpty();
        assertThat(Files.readString(checkout.resolve("subscriber/Dockerfile"))).contains("freshet-subscriber:7.8.9 ");
        assertThat(Files.readString(checkout.resolve("k8s/base/deployment.yaml")))
                .contains("freshet-publisher:7.8.9\n");
        assertThat(Files.readString(checkout.resolve("k8s/helm/freshet/Chart.yaml")))
                .contains("\nversion: 7.8.9\nappVersion: 7.8.9\n");
        assertThat(Pom.read(checkout.resolve("examples/shop/pom.xml")).text("properties/freshet.version"))
                .isEqualTo("7.8.9");
        assertThat(Pom.read(checkout.resolve("examples/shop/pom.xml")).text("version"))
                .as("another project's own")
                .isEqualTo("1.0.0");

        Finished refused = run(checkout, ".ci/set-version", "7.9.0-SNAPSHOT");
        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains("7.8.9", "does not end with -SNAPSHOT");
    }

    @Test
    void imagesAreNamedAfterTheReleaseThatASnapshotLeadsTo() throws IOException {
        Path checkout = checkout();

        assertThat(run(checkout, ".ci/set-version", "7.9.0-SNAPSHOT").exit()).isZero();

        assertThat(version(checkout)).isEqualTo("7.9.0-SNAPSHOT");
        assertThat(Files.readString(checkout.resolve("publisher/Dockerfile"))).contains("freshet-publisher:7.9.0 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1.2", "v1.2.3", "1.2.3.4", "1.2.3; rm", "1.2.3|x"})
    void whatIsNoVersionIsRefused(String version) throws IOException {
        Path checkout = checkout();
        String developed = version(checkout);

        assertThat(run(checkout, ".ci/set-version", version).exit()).isNotZero();
        assertThat(version(checkout)).isEqualTo(developed);
    }

    @Test
    void theNotesAreOneSectionOfTheChangelog() throws IOException {
        Path checkout = checkout();
        Files.writeString(checkout.resolve("CHANGELOG.md"), """
                # Changelog

                ## Unreleased

                - later

                ## 0.2.0, 2026-12-01

                ### Added

                - this

                ## 0.20.0, 2026-12-01

                - other

                ## 0.1.0, 2026-11-01

                """);

        assertThat(run(checkout, ".ci/release-notes", "0.2.0").expectSuccess().strip())
                .isEqualTo("### Added\n\n- this");
        for (String version : List.of("0.1.0", "0.3.0", "")) {
            assertThat(run(checkout, ".ci/release-notes", version).exit())
                    .as(version)
                    .isNotZero();
        }
    }

    @Test
    void filesAreSignedThroughTheListOfTheirChecksums() throws IOException {
        Path files = Files.createDirectory(folder.resolve("files"));
        Files.writeString(files.resolve("one.jar"), "1");
        Files.writeString(files.resolve("two.zip"), "2");
        try (SigningKey key = SigningKey.make(Files.createTempDirectory(folder, "keys"))) {
            List<String> command = new ArrayList<>(List.of("env"));
            command.addAll(key.environment());
            command.addAll(List.of("bash", Checkout.file(".ci/sign-files").toString(), files.toString()));
            HostTool.run(folder, command).expectSuccess();

            Path sums = files.resolve("SHA256SUMS");
            assertThat(key.hasSigned(sums, files.resolve("SHA256SUMS.asc"))).isTrue();
            assertThat(run(files, "sha256sum", "--check", "SHA256SUMS")
                            .expectSuccess()
                            .lines())
                    .containsExactly("one.jar: OK", "two.zip: OK");
        }
    }

    @Test
    void withoutAKeyNothingIsSigned() throws IOException {
        Files.writeString(folder.resolve("one.jar"), "1");

        Finished refused = HostTool.run(
                folder,
                List.of(
                        "env",
                        "-u",
                        "MAVEN_GPG_KEY",
                        "bash",
                        Checkout.file(".ci/sign-files").toString(),
                        "."));

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.err()).contains("MAVEN_GPG_KEY: holds no key");
        assertThat(folder.resolve("SHA256SUMS")).doesNotExist();
    }

    /** A jar that was built without a network has no list: that must not pass for a jar that contains nothing. */
    @Test
    void anImageWhoseJarListsNothingIsNotListed() throws IOException {
        Files.createDirectories(folder.resolve("layer/app"));
        Files.writeString(folder.resolve("manifest.json"), "[{\"Config\":\"config.json\",\"Layers\":[\"layer.tar\"]}]");
        Files.writeString(folder.resolve("config.json"), "{}");
        try (ZipOutputStream jar =
                new ZipOutputStream(Files.newOutputStream(folder.resolve("layer/app/freshet-publisher.jar")))) {
            jar.putNextEntry(new ZipEntry("META-INF/MANIFEST.MF"));
        }

        Finished refused = run(
                folder,
                "bash",
                "-c",
                "tar -C layer -cf layer.tar app && tar -c manifest.json config.json layer.tar | "
                        + Checkout.file(".ci/image-sbom"));

        assertThat(refused.exit()).isNotZero();
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).contains("/app/freshet-publisher.jar holds no META-INF/sbom/application.cdx.json");
    }

    /** The scripts, and a file of each kind that names the version; ReleaseIT gives all files another. */
    private Path checkout() throws IOException {
        Path checkout = folder.resolve("checkout");
        for (String file : List.of(
                ".ci/set-version",
                ".ci/release-notes",
                "pom.xml",
                "modules/bom/pom.xml",
                "examples/shop/pom.xml",
                "docs/JAVA.md",
                "k8s/base/deployment.yaml",
                "k8s/overlays/example/kustomization.yaml",
                "k8s/helm/freshet/Chart.yaml",
                "publisher/Dockerfile",
                "subscriber/Dockerfile")) {
            Path copy = checkout.resolve(file);
            Files.createDirectories(copy.resolveSibling("."));
            Files.copy(Checkout.file(file), copy);
        }
        return checkout;
    }

    private static String version(Path checkout) throws IOException {
        return Pom.read(checkout.resolve("pom.xml")).text("version");
    }

    private static List<String> linesWith(Path checkout, String text) throws IOException {
        try (Stream<Path> files = Files.walk(checkout)) {
            List<String> lines = new ArrayList<>();
            for (Path file : files.filter(it -> it.toString().matches(".*(\\.xml|\\.md|\\.ya?ml|Dockerfile)"))
                    .toList()) {
                Files.readAllLines(file).stream()
                        .filter(line -> line.contains(text))
                        .forEach(line -> lines.add(file + ": " + line));
            }
            return lines;
        }
    }

    private static Finished run(Path folder, String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program.startsWith(".") ? "bash" : "env", program));
        command.addAll(List.of(arguments));
        return HostTool.run(folder, command);
    }
}
