package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.configuration.SourceSettings;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowExplanationTest {

    private static final String YAML = """
            sources:
              shop:
                kind: postgresql
                uri: jdbc:postgresql://db/shop
                password: hunter2
                rules:
                  products: { table: products, region: products, keys: ["product:{id}"], tags: ["category:{category_id}"] }
                  prices: { table: products, region: prices, prefixes: ["price:{id}:"] }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private JsonArray explain(Caller caller) throws IOException, RowExplanation.WrongException {
        Path file = Files.writeString(folder.resolve("publisher.yaml"), YAML);
        List<SourceConfig> sources = new Configuration(file, "from --config", Map.of(), List.of(), List.of())
                .readOnly("sources", settings -> SourceSettings.read(settings, EnumSet.allOf(SourceConfig.Kind.class)));
        ShownNames names = new ShownNames(Objects.requireNonNull(Configuration.of("console.port", "1")
                .read(PublisherSettings::read)
                .console()));
        JsonObject question = new JsonObject()
                .put("table", "products")
                .put("row", new JsonObject().put("id", 7).put("category_id", 3));
        return new RowExplanation(sources).explain(question, caller, names).getJsonArray("steps");
    }

    @Test
    void eachRuleSaysWhatItInvalidates() throws Exception {
        JsonArray steps = explain(Caller.ANYBODY);
        assertThat(steps).hasSize(2);
        assertThat(steps.getJsonObject(0).getString("rule")).isEqualTo("products");
        assertThat(steps.getJsonObject(0).getJsonArray("selectors").encode())
                .isEqualTo(
                        "[{\"kind\":\"keys\",\"names\":[\"product:7\"]},{\"kind\":\"tags\",\"names\":[\"category:3\"]}]");
        assertThat(steps.encode()).contains("price:7:").doesNotContain("hunter2");
    }

    @Test
    void regionsThatTheCallerMayNotSeeAreLeftOut() throws Exception {
        JsonArray steps = explain((right, region) -> right == Right.READ && region.equals("prices"));
        assertThat(steps).hasSize(1);
        assertThat(steps.getJsonObject(0).getString("region")).isEqualTo("prices");
    }
}
