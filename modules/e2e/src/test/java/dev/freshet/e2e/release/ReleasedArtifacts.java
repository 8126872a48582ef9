package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What lies in the released repository is complete. */
abstract class ReleasedArtifacts {

    private static final String SBOM = "-cyclonedx.json";

    private final Release release;
    private final SigningKey key;

    ReleasedArtifacts(Release release, SigningKey key) {
        this.release = release;
        this.key = key;
    }

    static List<String> libraries() throws IOException {
        return Published.libraries();
    }

    static List<String> artifacts() throws IOException {
        return Published.artifacts();
    }

    @Test
    void whatIsMarkedIsPublishedAndNothingElse() throws IOException {
        try (Stream<Path> found = Files.list(release.group())) {
            assertThat(found.map(artifact -> artifact.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(artifacts());
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aLibraryHasSourcesAndJavadocAndTheLicence(String artifact) throws IOException {
        assertThat(entries(artifact, "-sources.jar")).anyMatch(name -> name.endsWith(".java"));
        assertThat(entries(artifact, "-javadoc.jar")).contains("index.html");
        assertThat(entries(artifact, ".jar")).anyMatch(name -> name.endsWith(".class"));
        for (String end : List.of(".jar", "-sources.jar")) {
            assertThat(text(artifact, end, "META-INF/LICENSE")).isEqualTo(Files.readString(Checkout.file("LICENSE")));
        }
    }

    /** What Maven Central asks for, in the POM itself: there is no parent. */
    @ParameterizedTest
    @MethodSource("artifacts")
    void aPomSaysWhatMavenCentralAsksFor(String artifact) throws IOException {
        Pom pom = Pom.read(release.file(artifact, ".pom"));

        assertThat(pom.texts("parent")).isEmpty();
        assertThat(pom.text("groupId")).isEqualTo("dev.freshet");
        assertThat(pom.text("artifactId")).isEqualTo(artifact);
        assertThat(pom.text("version")).isEqualTo(release.version());
        assertThat(pom.text("name")).startsWith("Freshet");
        assertThat(pom.text("description")).isNotEmpty();
        assertThat(pom.text("url")).isEqualTo("https://freshet.dev");
        assertThat(pom.text("licenses/license/name")).isEqualTo("Apache-2.0");
        assertThat(pom.text("licenses/license/url")).startsWith("https://");
        assertThat(pom.text("developers/developer/name")).isNotEmpty();
        assertThat(pom.text("developers/developer/organization")).isNotEmpty();
        assertThat(pom.text("scm/url")).isEqualTo(Release.SOURCES);
        assertThat(pom.text("scm/connection")).isEqualTo("scm:git:" + Release.SOURCES + ".git");
        assertThat(pom.text("scm/tag")).isEqualTo("v" + release.version());
        assertThat(pom.text("issueManagement/url")).isEqualTo(Release.SOURCES + "/issues");
        assertThat(pom.texts("repositories")).as("what users' builds would ask").isEmpty();
    }

    @ParameterizedTest
    @MethodSource("artifacts")
    void aPomLeavesNothingOpenAndNeedsNothingOfTests(String artifact) {
        assertThat(release.file(artifact, ".pom"))
                .content()
                .doesNotContain("${", "-SNAPSHOT", "<scope>test</scope>", "protobuf");
    }

    @Test
    void theBomNamesEveryLibraryInTheReleasedVersionAndNothingElse() throws IOException {
        Pom bom = Pom.read(release.file("freshet-bom", ".pom"));

        assertThat(bom.texts("dependencyManagement/dependencies/dependency/artifactId"))
                .containsExactlyInAnyOrderElementsOf(libraries());
        assertThat(bom.texts("dependencyManagement/dependencies/dependency/version"))
                .containsOnly(release.version());
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aListOfWhatALibraryNeedsLiesBesideIt(String artifact) throws IOException {
        Sbom sbom = sbom(artifact);

        assertThat(sbom.format()).isEqualTo("CycloneDX 1.6");
        assertThat(sbom.subject().type()).isEqualTo("library");
        assertThat(sbom.subject()).hasToString("dev.freshet:" + artifact + ":" + release.version());
        assertThat(sbom.artifacts())
                .containsAll(Pom.read(release.file(artifact, ".pom")).texts("dependencies/dependency/artifactId"));
        assertThat(sbom.components())
                .filteredOn(component -> !component.isOurs())
                .allSatisfy(component -> assertThat(component.licences()).isNotEmpty());
    }

    /** The POM does not name Protocol Buffers, since the jar has what it needs of them within. */
    @Test
    void whatAJarHidesIsListedAndHasItsLicence() throws IOException {
        assertThat(entries("freshet-shared", ".jar"))
                .anyMatch(name -> name.startsWith("dev/freshet/schema/protobuf/"))
                .contains("META-INF/licenses/protobuf-java/LICENSE");
        assertThat(sbom("freshet-shared").artifacts()).contains("protobuf-java");
    }

    @Test
    void everyFileHasChecksumsAndASignature() throws IOException {
        List<Path> files = files();
        assertThat(files).hasSize(artifacts().size() + 4 * libraries().size());
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            assertThat(beside(file, ".sha1")).content().isEqualTo(digest("SHA-1", bytes));
            assertThat(beside(file, ".md5")).content().isEqualTo(digest("MD5", bytes));
            assertThat(key.hasSigned(file, beside(file, ".asc")))
                    .as(file.toString())
                    .isTrue();
        }
    }

    @Test
    void aSignatureIsOfItsFileOnly() throws IOException {
        Path file = release.file("freshet", ".jar");

        assertThat(key.hasSigned(release.file("freshet-bus", ".jar"), beside(file, ".asc")))
                .isFalse();
    }

    /** Returns the released files, without what is beside each. */
    private List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String artifact : artifacts()) {
            try (Stream<Path> found =
                    Files.list(release.group().resolve(artifact).resolve(release.version()))) {
                found.filter(file -> !file.toString().matches(".*\\.(asc|md5|sha1)"))
                        .forEach(files::add);
            }
        }
        return files;
    }

    private static Path beside(Path file, String end) {
        return file.resolveSibling(file.getFileName() + end);
    }

    private static String digest(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Sbom sbom(String artifact) throws IOException {
        return Sbom.parse(Files.readString(release.file(artifact, SBOM)));
    }

    private List<String> entries(String artifact, String end) throws IOException {
        try (ZipFile jar = new ZipFile(release.file(artifact, end).toFile())) {
            return jar.stream().map(ZipEntry::getName).toList();
        }
    }

    private String text(String artifact, String end, String entry) throws IOException {
        try (ZipFile jar = new ZipFile(release.file(artifact, end).toFile());
                InputStream text = jar.getInputStream(jar.getEntry(entry))) {
            return new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
