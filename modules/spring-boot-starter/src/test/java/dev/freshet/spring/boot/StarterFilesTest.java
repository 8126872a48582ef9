package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What Boot and editors read in the jar. */
class StarterFilesTest {

    private static final String IMPORTS =
            "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

    private static String text(String resource) {
        try (InputStream file = StarterFilesTest.class.getResourceAsStream("/" + resource)) {
            if (file == null) {
                throw new AssertionError("no " + resource);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> configurations() {
        return text(IMPORTS)
                .lines()
                .filter(line -> line.startsWith("dev.freshet."))
                .toList();
    }

    /** Returns the names of all properties. */
    static List<String> properties() {
        return metadata().stream()
                .map(property -> String.valueOf(property.get("name")))
                .toList();
    }

    private static List<Map<String, Object>> metadata() {
        Map<String, List<Map<String, Object>>> metadata = new Yaml()
                .load(text("META-INF/spring-configuration-metadata.json").replace("\\/", "/"));
        return metadata.getOrDefault("properties", List.of());
    }

    /** An editor shows it. */
    @Test
    void everyPropertyHasADescription() {
        assertThat(metadata()).isNotEmpty().allSatisfy(property -> assertThat(property)
                .as("%s", property.get("name"))
                .containsKey("description"));
        assertThat(properties())
                .contains(
                        "freshet.redis.uri", "freshet.enabled", "freshet.on-failure", "freshet.broad.maximum-entries");
    }
}
