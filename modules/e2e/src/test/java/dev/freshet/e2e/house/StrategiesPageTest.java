package dev.freshet.e2e.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.e2e.tool.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that docs/STRATEGIES.md names are there. */
class StrategiesPageTest {

    private static final Pattern NAMED = Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|IT))(?:\\.([a-zA-Z0-9_]+))?`");

    @Test
    void everyTestThatThePageNamesExists() throws IOException {
        Map<String, String> tests = testClasses();
        Matcher named = NAMED.matcher(Files.readString(Checkout.root().resolve("docs/STRATEGIES.md")));
        Set<String> missing = new TreeSet<>();
        int found = 0;
        while (named.find()) {
            String text = tests.get(named.group(1));
            String method = named.group(2);
            if (text == null || (method != null && !text.contains("void " + method + "("))) {
                missing.add(named.group());
            }
            found++;
        }
        assertThat(missing).isEmpty();
        assertThat(found).isGreaterThan(30);
    }

    @Test
    void everyRowOfThePageNamesATest() throws IOException {
        assertThat(Files.readAllLines(Checkout.root().resolve("docs/STRATEGIES.md")))
                .filteredOn(line -> line.startsWith("| "))
                .filteredOn(line -> !line.startsWith("| ---") && !line.contains(" shown by |"))
                .allSatisfy(line -> assertThat(NAMED.matcher(line).find() || line.contains("the two above"))
                        .as(line)
                        .isTrue());
    }

    private static Map<String, String> testClasses() throws IOException {
        try (Stream<Path> files = Files.walk(Checkout.root())) {
            return files.filter(file -> file.toString().contains("/src/test/java/"))
                    .filter(file -> file.toString().endsWith(".java"))
                    .collect(Collectors.toMap(
                            StrategiesPageTest::className, StrategiesPageTest::text, (one, other) -> one + other));
        }
    }

    private static String className(Path file) {
        return String.valueOf(file.getFileName()).replace(".java", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }
}
