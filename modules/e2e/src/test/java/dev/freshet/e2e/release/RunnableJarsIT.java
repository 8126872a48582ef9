package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.release.Sbom.Component;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each runnable jar that the profile {@code ci} builds lists what it contains, and has the licence of all of it. A build without a network
 * ({@code mvn -o}) writes no list, and fails here.
 */
@Tag("ci")
class RunnableJarsIT {

    private static final String SBOM = "META-INF/sbom/application.cdx.json";
    private static final String LICENSES = "META-INF/licenses/";

    /** What a library's jar says about its licence; classes may be named so too. */
    private static final Pattern LEGAL =
            Pattern.compile("(?i)(.*/)?([^/]*(licen[sc]e|notice)[^/]*|(copyright|copying)[^/]*|licen[sc]es?/.*)");

    /** Licences of which one text serves all libraries: nobody's name stands in them. */
    private static final Map<String, String> COMMON =
            Map.of("Apache-2.0", "META-INF/LICENSE", "EPL-2.0", LICENSES + "EPL-2.0.txt");

    @ParameterizedTest
    @ValueSource(strings = {"publisher", "publisher-cdc", "subscriber", "cli"})
    void itListsWhatItContains(String application) throws IOException {
        try (ZipFile jar = open(application)) {
            Sbom sbom = sbom(jar);
            assertThat(sbom.format()).isEqualTo("CycloneDX 1.6");
            assertThat(sbom.subject().type()).isEqualTo("application");
            assertThat(sbom.subject().artifact()).isEqualTo("freshet-" + application);

            Set<String> unlisted = new TreeSet<>(entries(jar, RunnableJarsIT::isClass));
            unlisted.removeIf(name -> name.startsWith("dev/freshet/"));
            List<String> absent = new ArrayList<>();
            for (Component component : sbom.components()) {
                if (component.isOurs()) {
                    continue;
                }
                try (ZipFile library = new ZipFile(component.jar().toFile())) {
                    List<String> classes = entries(library, RunnableJarsIT::isClass);
                    boolean isContained = classes.stream().allMatch(name -> jar.getEntry(name) != null);
                    if (!isContained) {
                        absent.add(component.toString());
                    }
                    classes.forEach(unlisted::remove);
                }
            }
            assertThat(unlisted).as("classes of no library of the list").isEmpty();
            assertThat(absent)
                    .as("libraries of the list that are not contained")
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"publisher", "publisher-cdc", "subscriber", "cli"})
    void itHasTheLicenceOfAllThatItContains(String application) throws IOException {
        try (ZipFile jar = open(application)) {
            assertThat(text(jar, "META-INF/LICENSE")).isEqualTo(Files.readString(Checkout.file("LICENSE")));

            Map<String, String> faults = new LinkedHashMap<>();
            List<Component> components = sbom(jar).components();
            for (Component component : components) {
                if (!component.isOurs()) {
                    faults.putAll(faultsOf(component, jar));
                }
            }
            assertThat(faults).isEmpty();
            assertThat(components).as("or this checks little").hasSizeGreaterThan(15);
        }
    }

    private static Map<String, String> faultsOf(Component component, ZipFile jar) throws IOException {
        Map<String, String> faults = new LinkedHashMap<>();
        String folder = LICENSES + component.artifact() + "/";
        try (ZipFile library = new ZipFile(component.jar().toFile())) {
            List<String> carried = entries(library, name -> LEGAL.matcher(name).matches() && !isClass(name));
            for (String name : carried) {
                if (!text(library, name).equals(text(jar, folder + name))) {
                    faults.put(component + " carries " + name, "not in " + folder);
                }
            }
        }
        boolean hasItsOwn = !entries(jar, name -> name.startsWith(folder) && isLicence(name))
                .isEmpty();
        boolean sharesOne = component.licences().stream()
                .map(COMMON::get)
                .anyMatch(text -> text != null && jar.getEntry(text) != null);
        if (!hasItsOwn && !sharesOne) {
            faults.put(component.toString(), "no text of " + component.licences());
        }
        return faults;
    }

    /** Of a text that lies loose nobody can tell which library it is of, and of two only one would be there. */
    @ParameterizedTest
    @ValueSource(strings = {"publisher", "publisher-cdc", "subscriber", "cli"})
    void noLicenceLiesLoose(String application) throws IOException {
        try (ZipFile jar = open(application)) {
            assertThat(entries(jar, name -> name.matches("(META-INF/)?[^/]*") && isLicence(name)))
                    .containsExactly("META-INF/LICENSE");
        }
    }

    /** The licence of this driver, the LGPL, lets users replace it. They can, if it is there as it was published. */
    @ParameterizedTest
    @ValueSource(strings = {"publisher", "publisher-cdc"})
    void theDriverForMariaDbIsUnchangedAndItsPageSaysHowToReplaceIt(String application) throws IOException {
        try (ZipFile jar = open(application)) {
            Component driver = sbom(jar).components().stream()
                    .filter(component -> component.artifact().equals("mariadb-java-client"))
                    .findAny()
                    .orElseThrow();
            try (ZipFile published = new ZipFile(driver.jar().toFile())) {
                List<String> classes = entries(published, RunnableJarsIT::isClass);
                assertThat(classes).hasSizeGreaterThan(100);
                for (String name : classes) {
                    assertThat(bytes(jar, name)).as(name).isEqualTo(bytes(published, name));
                }
            }
            String page = text(jar, LICENSES + "mariadb-java-client/README.txt");
            assertThat(page).contains("java -cp mariadb-java-client.jar:freshet-publisher.jar");
            assertThat(text(jar, "META-INF/MANIFEST.MF")).contains("Main-Class: dev.freshet.publisher.PublisherMain");
            assertThat(page).contains("dev.freshet.publisher.PublisherMain");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"subscriber", "cli"})
    void whatReadsNoDatabaseHasNoDriver(String application) throws IOException {
        try (ZipFile jar = open(application)) {
            assertThat(sbom(jar).artifacts()).doesNotContain("mariadb-java-client", "postgresql");
            assertThat(entries(jar, name -> name.startsWith("org/mariadb/"))).isEmpty();
        }
    }

    /** So that two builds of a tag give the same bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"publisher", "publisher-cdc", "subscriber", "cli"})
    void nothingOfOursTellsWhenItWasBuilt(String application) throws IOException {
        LocalDateTime moment = LocalDateTime.ofInstant(
                Instant.parse(Pom.read(Checkout.file("pom.xml")).text("properties/project.build.outputTimestamp")),
                ZoneOffset.UTC);
        try (ZipFile jar = open(application)) {
            assertThat(jar.stream()
                            .filter(entry -> entry.getName().matches("dev/freshet/.*|META-INF/(sbom/.*|MANIFEST.MF)")))
                    .hasSizeGreaterThan(50)
                    .allSatisfy(entry -> assertThat(entry.getTimeLocal()).isEqualTo(moment));
            assertThat(text(jar, SBOM)).doesNotContain("\"timestamp\"");
        }
    }

    private static ZipFile open(String application) throws IOException {
        Path jar = application.equals("cli")
                ? Checkout.file("modules/cli/target/freshet-cli.jar")
                : Checkout.jar(application);
        return new ZipFile(jar.toFile());
    }

    private static Sbom sbom(ZipFile jar) throws IOException {
        return Sbom.parse(text(jar, SBOM));
    }

    private static boolean isClass(String name) {
        return name.endsWith(".class") && !name.endsWith("module-info.class");
    }

    private static boolean isLicence(String name) {
        return name.toUpperCase(Locale.ROOT).matches(".*(LICEN[SC]E|COPYING)[^/]*");
    }

    private static List<String> entries(ZipFile jar, Predicate<String> wanted) {
        return jar.stream()
                .filter(entry -> !entry.isDirectory())
                .map(ZipEntry::getName)
                .filter(wanted)
                .toList();
    }

    private static String text(ZipFile jar, String name) throws IOException {
        return new String(bytes(jar, name), StandardCharsets.UTF_8);
    }

    /** Returns what an entry holds; nothing, if there is no such entry. */
    private static byte[] bytes(ZipFile jar, String name) throws IOException {
        ZipEntry entry = jar.getEntry(name);
        return entry == null ? new byte[0] : jar.getInputStream(entry).readAllBytes();
    }
}
