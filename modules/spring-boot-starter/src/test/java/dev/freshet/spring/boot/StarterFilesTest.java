package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    /** A property as editors know it; the default is null if it is only described. */
    record Property(
            String name, String description, @Nullable String defaultValue) {}

    /** Returns all properties of ours, without those of Actuator that Boot adds for an endpoint. */
    static List<Property> properties() {
        return metadata().stream()
                .map(property -> new Property(
                        String.valueOf(property.get("name")),
                        String.valueOf(property.get("description")),
                        property.get("defaultValue") == null
                                ? null
                                : property.get("defaultValue").toString()))
                .filter(property -> property.name().startsWith("freshet."))
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
                .extracting(Property::name)
                .contains(
                        "freshet.redis.uri", "freshet.enabled", "freshet.on-failure", "freshet.broad.maximum-entries");
    }
}
