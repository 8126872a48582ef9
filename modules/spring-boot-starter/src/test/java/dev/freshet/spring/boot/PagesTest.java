package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;

/** The pages for Spring developers against the properties. */
@Tag("pure")
class PagesTest {

    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    static Stream<String> examples() throws IOException {
        List<String> examples = new ArrayList<>();
        for (String page : List.of("docs/SPRING.md", "docs/MIGRATION.md")) {
            Matcher blocks = YAML.matcher(Files.readString(Checkout.file(page)));
            while (blocks.find()) {
                if (blocks.group(1).contains("freshet.")) {
                    examples.add(blocks.group(1));
                }
            }
        }
        assertThat(examples).hasSizeGreaterThan(2);
        return examples.stream();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    @ParameterizedTest
    @MethodSource("examples")
    void anApplicationStartsWithEachExample(String yaml) throws IOException {
        List<PropertySource<?>> properties = new YamlPropertySourceLoader()
                .load("example", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
        Contexts.withStarter()
                .withUserConfiguration(Caching.class)
                .withInitializer(
                        context -> properties.forEach(context.getEnvironment().getPropertySources()::addLast))
                .run(context -> assertThat(context).hasNotFailed().hasSingleBean(FreshetProperties.class));
    }

    /** A name that is left out, one that is wrong, and a default that is another one than the property's: each fails. */
    @Test
    void thePageNamesEveryPropertyWithItsDefaultAndNoOther() throws IOException {
        Map<String, String> properties = new TreeMap<>();
        for (StarterFilesTest.Property property : StarterFilesTest.properties()) {
            if (!property.name().equals("freshet.caches")) {
                properties.put(property.name(), defaultOf(property));
            }
        }
        Map<String, String> page =
                new TreeMap<>(PropertyTable.parse(Files.readString(Checkout.file("docs/SPRING.md"))));

        assertThat(page.keySet()).contains("freshet.redis.tls.bundle", "freshet.defaults.unconfirmed.after");
        assertThat(page).containsExactlyEntriesOf(properties);
    }

    /** Of a cache's property only the description says it. */
    private static String defaultOf(StarterFilesTest.Property property) {
        if (property.defaultValue() != null) {
            return property.defaultValue();
        }
        Matcher described = Pattern.compile("Default: (\\w+)").matcher(property.description());
        boolean isOfCaches = property.name().startsWith("freshet.defaults.");
        return isOfCaches && described.find() ? described.group(1) : PropertyTable.NO_VALUE;
    }
}
