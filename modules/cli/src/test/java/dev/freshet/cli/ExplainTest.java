package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what a changed row would invalidate, without a Redis. */
class ExplainTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Path config;

    @BeforeEach
    void write() throws IOException {
        config = write(folder);
    }

    static Path write(Path folder) throws IOException {
        return Files.writeString(folder.resolve("publisher.yaml"), """
                http: { port: 8700 }
                redis: { uri: "redis://elsewhere:1" }
                nonsense: that this command does not look at
                sources:
                  shop:
                    kind: postgresql
                    uri: jdbc:postgresql://db/shop
                    password: hunter2
                    rules:
                      products: { table: products, region: products, keys: ["product:{id}"], tags: ["category:{category_id}"] }
                      prices: { table: products, region: prices, prefixes: ["price:{id}:"] }
                      categories: { table: categories, region: products, tags: ["category:{id}"] }
                  redis: { kind: redis-keyspace, rules: { r: { pattern: "product:*", region: products, keys: ["{key}"] } } }
                """);
    }

    private Outcome explain(String... more) {
        List<String> arguments = new ArrayList<>(List.of("explain", "--config", config.toString()));
        arguments.addAll(List.of(more));
        return Outcome.of(arguments.toArray(String[]::new));
    }

    @Test
    void eachRuleSaysWhatItMakesOfTheRowAsItWasAndAsItIs() {
        Outcome outcome = explain(
                "--offline",
                "--table",
                "public.products",
                "--row",
                "{\"id\": 7, \"category_id\": 4, \"price\": 9.50, \"notes\": [1]}",
                "--before",
                "{\"id\": 7, \"category_id\": 3}");

        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.outLines())
                .containsExactly(
                        "rule products of source shop, region products",
                        "  keys product:7",
                        "  tags category:3, category:4",
                        "rule prices of source shop, region prices",
                        "  prefixes price:7:",
                        "not counted in products: --offline",
                        "not counted in prices: --offline",
                        "nothing was published");
    }

    @Test
    void aDeletedRowANullAndATableWithoutItsSchema() {
        assertThat(explain("--offline", "--table", "products", "--before", "{\"id\": 7}")
                        .outLines())
                .contains("  keys product:7")
                .doesNotContain("tags");
        assertThat(explain("--offline", "--table", "categories", "--row", "{\"id\": null}")
                        .outLines())
                .containsExactly(
                        "rule categories of source shop, region products",
                        "  nothing: the columns that it uses are null or unknown",
                        "nothing was published");
    }

    @Test
    void whatCannotBeANameIsAllOfTheRegion() {
        Outcome outcome = explain("--offline", "--table", "categories", "--row", "{\"id\": [1, 2]}");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .contains("the whole region, because rule categories, category:{id}: column id has a type");
    }

    @Test
    void asJson() {
        Outcome outcome = explain("--offline", "--json", "--table", "categories", "--row", "{\"id\": 3}");

        assertThat(outcome.out().strip())
                .isEqualTo("{\"rules\":[{\"source\":\"shop\",\"rule\":\"categories\",\"region\":\"products\","
                        + "\"tags\":[\"category:3\"]}],\"regions\":{\"products\":{\"notCounted\":\"--offline\"}}}");
    }

    @Test
    void withoutRedisItSaysThatNobodyCounted() {
        Outcome outcome =
                explain("--table", "categories", "--row", "{\"id\": 3}", "--redis", "redis://:s3cret@127.0.0.1:1");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("tags category:3", "not counted in products: ", "127.0.0.1:1");
        assertThat(outcome.out() + outcome.err()).doesNotContain("s3cret", "hunter2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "--table orders --row {\"id\":7} | no rule names table orders; rules name public.categories, public.products",
                "--table sales.products --row {\"id\":7} | no rule names table sales.products",
                "--table a.b.c --row {\"id\":7} | must be a table or schema.table",
                "--table products --row {\"id\":7} | the row has no column category_id, which category:{category_id} of rule products uses; it has id",
                "--table products --row {\"id\":7 | --row must be a JSON object like {\"id\": 7}, but at character",
                "--table products --row {\"id\":7,\"id\":8} | Duplicate field 'id'",
                "--table products --row {}{} | --row must be a JSON object",
                "--table products --before 7 | --before must be a JSON object like {\"id\": 7}, not 7",
                "--table products | --row and --before are missing: give the row after the change, before it, or both",
                "--table products --source nobody --row {} | --source must be one of shop, redis",
                "--row {} | Missing required option: '--table=TABLE'",
            })
    void whatIsWrongIsSaid(String arguments, String fault) {
        Outcome outcome = explain((arguments + " --offline").split(" ", -1));

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains(fault);
    }

    @Test
    void aConfigurationThatIsWrongIsNamedAsThePublisherDoes() throws IOException {
        Files.writeString(config, "sources: { shop: { kind: postgresql, uri: \"jdbc:postgresql://d/s\", ruels: {} } }");
        Outcome outcome = explain("--table", "t", "--row", "{}");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("sources.shop.rules: must name at least one rule", "sources.shop.ruels");

        Files.writeString(config, "http: { port: 1 }");
        assertThat(explain("--table", "t", "--row", "{}").err()).contains("has no sources, and so no rules");
        assertThat(Outcome.of("explain", "--config", "nowhere.yaml", "--table", "t", "--row", "{}")
                        .err())
                .contains("nowhere.yaml does not exist");
    }
}
