package dev.freshet.e2e.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks docs/STRATEGIES.md: every test that it names exists, and every row of its tables has a link. */
@Tag("pure")
class StrategiesPageTest {

    /** A link to a section of a page; group 1 is empty if it is a section of this page. */
    private static final Pattern LINK = Pattern.compile("]\\(([A-Z-]*(?:\\.md)?)#([a-z-]+)\\)");

    private static final Pattern NAMED = Pattern.compile("`([A-Z][A-Za-z0-9]*(?:Test|IT))(?:\\.([a-zA-Z0-9_]+))?`");

    @Test
    void everyTestThatThePageNamesExists() throws IOException {
        Map<String, String> tests = testClasses();
        Matcher named = NAMED.matcher(Files.readString(Checkout.file("docs/STRATEGIES.md")));
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
    void everyStrategyNamesATestAndEveryChoiceLinksToASection() throws IOException {
        List<String> lines = Files.readAllLines(Checkout.file("docs/STRATEGIES.md"));
        Set<String> anchors = lines.stream()
                .filter(line -> line.startsWith("## "))
                .map(StrategiesPageTest::anchor)
                .collect(Collectors.toSet());
        String header = "";
        int choices = 0;
        for (String line : lines) {
            if (!line.startsWith("| ")) {
                header = "";
            } else if (header.isEmpty()) {
                header = line;
            } else if (header.equals("| when | choose |")) {
                Matcher link = LINK.matcher(line);
                if (!line.startsWith("| ---")) {
                    assertThat(link.find()).as(line).isTrue();
                    assertThat(link.group(1).isEmpty() ? anchors.contains(link.group(2)) : isPage(link.group(1)))
                            .as(line)
                            .isTrue();
                    choices++;
                }
            } else {
                assertThat(header).endsWith("| shown by |");
                assertThat(line.startsWith("| ---") || NAMED.matcher(line).find() || line.contains("the two above"))
                        .as(line)
                        .isTrue();
            }
        }
        assertThat(choices).isGreaterThan(5);
    }

    private static boolean isPage(String name) {
        return Files.exists(Checkout.file("docs").resolve(name));
    }

    /** Returns the anchor that GitHub gives a heading. */
    private static String anchor(String heading) {
        return heading.substring(3)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} -]", "")
                .replace(' ', '-');
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
