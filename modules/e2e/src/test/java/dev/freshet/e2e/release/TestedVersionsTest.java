package dev.freshet.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages for developers name the versions that {@link ReleaseIT} runs with. */
@Tag("pure")
class TestedVersionsTest {

    /** Our own is the newest. */
    @ParameterizedTest
    @CsvSource({"0, Jedis", "1, Caffeine"})
    void thePageNamesTheOldestAndTheNewest(int column, String library) throws IOException {
        String oldest = ReleaseIT.MATRIX
                .lines()
                .map(line -> line.split(",", -1)[column].strip())
                .filter(version -> !version.equals("ours"))
                .min(Comparator.naturalOrder()) // single digits
                .orElseThrow();
        Matcher ours = Pattern.compile("<" + library.toLowerCase(Locale.ROOT) + ".version>(\\d+\\.\\d+)")
                .matcher(Files.readString(Checkout.file("pom.xml")));
        assertThat(ours.find()).isTrue();

        assertThat(Files.readString(Checkout.file("docs/JAVA.md")))
                .contains(library + " " + oldest.replaceFirst("\\.0$", "") + " to " + ours.group(1));
    }

    /** The example is built with the Boot that the starter is compiled against, unless it is told another. */
    @Test
    void theExampleAndThePageNameTheBootsThatTheStarterIsTestedWith() throws IOException {
        String pom = Files.readString(Checkout.file("pom.xml"));
        String line = pom.lines()
                .filter(it -> it.contains("<spring-boot.version>"))
                .findFirst()
                .orElseThrow()
                .strip();
        assertThat(Files.readString(Checkout.file("examples/shop/pom.xml"))).contains(line);
        for (String property : new String[] {"spring-boot.version", "spring-boot-next.version"}) {
            Matcher minor = Pattern.compile("<" + Pattern.quote(property) + ">(\\d+\\.\\d+)")
                    .matcher(pom);
            assertThat(minor.find()).isTrue();
            assertThat(Files.readString(Checkout.file("docs/SPRING.md"))).contains(minor.group(1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONTRIBUTING.md", "docs/SPRING.md"})
    void thePagesReleaseWhatIsTested(String page) throws IOException {
        assertThat(Files.readString(Checkout.file(page))).contains("-Prelease -pl " + Release.MODULES + " -am deploy");
    }
}
