package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
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

    /** The page shortens names that begin alike. */
    @Test
    void thePageNamesEveryProperty() throws IOException {
        String page = Files.readString(Checkout.file("docs/SPRING.md"));
        assertThat(StarterFilesTest.properties())
                .contains("freshet.defaults.absences", "freshet.redis.uri")
                .filteredOn(name -> name.startsWith("freshet.")
                        && !name.equals("freshet.caches")
                        && !name.contains(".sentinel.tls."))
                .allSatisfy(name -> assertThat(page)
                        .as(name)
                        .containsPattern("[`.]" + Pattern.quote(name.substring(name.lastIndexOf('.') + 1)) + "`"));
    }
}
