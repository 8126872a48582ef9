package dev.freshet.sources.debezium;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every library that this module, which needs the most, is built or tested with has a licence that allows to ship it. The licences are
 * read from the POMs that Maven keeps beside the jars, so nothing is asked of a network.
 */
@Tag("pure")
class LicencesTest {

    private static final Pattern ALLOWED = Pattern.compile(
            "(?i).*(apache|bsd|\\bMIT\\b|eclipse public|eclipse distribution|\\bEDL\\b|\\bEPL\\b|lesser general public|LGPL|public domain|common development|CDDL|CC0|zero|Go License|ISC).*");

    private static final Pattern LICENCE =
            Pattern.compile("<license>.*?<name>\\s*(.*?)\\s*</name>.*?</license>", Pattern.DOTALL);
    private static final Pattern PARENT = Pattern.compile("<parent>(.*?)</parent>", Pattern.DOTALL);

    @Test
    void eachLibraryHasALicenceOfTheList() throws IOException {
        Map<String, List<String>> found = new TreeMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path jar = Path.of(entry);
            Path pom = pomBeside(jar);
            if (entry.endsWith(".jar") && pom != null) {
                found.put(jar.getFileName().toString(), licences(pom, repositoryOf(jar)));
            }
        }
        assertThat(found).as("or this checks nothing").hasSizeGreaterThan(50);
        assertThat(found)
                .allSatisfy((jar, licences) -> assertThat(licences).as(jar).anyMatch(licence -> ALLOWED.matcher(licence)
                        .matches()));
    }

    @Test
    void otherLicencesAreNotOfTheList() {
        assertThat(List.of("GNU General Public License v3", "AGPL-3.0", "SSPL", "BUSL-1.1", "Elastic License", ""))
                .noneMatch(licence -> ALLOWED.matcher(licence).matches());
    }

    private static @Nullable Path pomBeside(Path jar) {
        Path folder = jar.getParent();
        if (folder == null || folder.getParent() == null) {
            return null;
        }
        // A jar with a classifier has the POM of the one without.
        Path pom = folder.resolve(folder.getParent().getFileName() + "-" + folder.getFileName() + ".pom");
        return Files.isRegularFile(pom) ? pom : null;
    }

    private static Path repositoryOf(Path jar) {
        for (Path at = jar; at != null; at = at.getParent()) {
            if (at.endsWith("repository")) {
                return at;
            }
        }
        throw new IllegalStateException(jar + " is in no Maven repository");
    }

    private static List<String> licences(Path pom, Path repository) throws IOException {
        String text = Files.readString(pom, UTF_8).replaceAll("(?s)<!--.*?-->", "");
        List<String> names = new ArrayList<>();
        for (Matcher licence = LICENCE.matcher(text); licence.find(); ) {
            names.add(licence.group(1));
        }
        Matcher parent = PARENT.matcher(text);
        if (!names.isEmpty() || !parent.find()) {
            return names;
        }
        String of = parent.group(1);
        String artifact = element(of, "artifactId");
        String version = element(of, "version");
        Path next = repository
                .resolve(element(of, "groupId").replace('.', '/'))
                .resolve(artifact)
                .resolve(version)
                .resolve(artifact + "-" + version + ".pom");
        return Files.isRegularFile(next) ? licences(next, repository) : names;
    }

    private static String element(String xml, String name) {
        Matcher element =
                Pattern.compile("<" + name + ">\\s*(.*?)\\s*</" + name + ">").matcher(xml);
        if (!element.find()) {
            throw new IllegalStateException("a POM's parent has no " + name + ": " + xml);
        }
        return element.group(1);
    }
}
