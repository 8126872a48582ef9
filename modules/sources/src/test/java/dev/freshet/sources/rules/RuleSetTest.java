package dev.freshet.sources.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.schema.Selector;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RuleSetTest {

    private static final TableName PRODUCTS = new TableName("public", "products");
    private static final RuleSet RULES = new RuleSet(List.of(new Rule(
            "products",
            PRODUCTS,
            "products",
            List.of(Template.parse("product:{id}")),
            List.of(Template.parse("category:{category_id}")),
            List.of(),
            false)));

    @Test
    void aRowThatMovesEvictsBoth() {
        assertThat(RULES.evaluate(PRODUCTS, row("id", 1, "category_id", 7), row("id", 1, "category_id", 8)))
                .containsExactly(new Invalidated(
                        "products",
                        List.of(Selector.keys("product:1"), Selector.tags("category:7", "category:8")),
                        null));
    }

    @Test
    void aNullSelectsNothing() {
        assertThat(RULES.evaluate(PRODUCTS, null, row("id", 1, "category_id", null)))
                .containsExactly(new Invalidated("products", List.of(Selector.keys("product:1")), null));
        assertThat(RULES.evaluate(PRODUCTS, null, row("id", null, "category_id", null)))
                .isEmpty();
    }

    @Test
    void aTagWhoseColumnWasNotReportedIsCoveredByAllOfTheRegion() {
        assertThat(RULES.evaluate(PRODUCTS, RowImage.partial(Map.of("id", 1)), null))
                .containsExactly(
                        new Invalidated(
                                "products",
                                List.of(Selector.all()),
                                "rule products, category:{category_id}: the database did not report column category_id of a row"));
    }

    @Test
    void aKeyWhoseColumnWasNotReportedIsCoveredByThePrefixThatIsKnown() {
        RuleSet rules = rules(List.of("product:{id}:{language}"), List.of("page:{id}:{language}:"));
        Invalidated invalidated = rules.evaluate(
                        PRODUCTS, RowImage.partial(Map.of("id", 1)), row("id", 1, "language", "de"))
                .get(0);
        assertThat(invalidated.selectors())
                .containsExactly(
                        Selector.keys("product:1:de"), Selector.prefixes("product:1:", "page:1:", "page:1:de:"));
        assertThat(invalidated.broadenedWhy()).contains("did not report column language");
    }

    @Test
    void aKeyOfWhichNothingIsKnownIsCoveredByAllOfTheRegion() {
        assertThat(rules(List.of("{language}:{id}"), List.of())
                        .evaluate(PRODUCTS, RowImage.partial(Map.of("id", 1)), null)
                        .get(0)
                        .selectors())
                .containsExactly(Selector.all());
    }

    @Test
    void aNullSelectsNothingAlsoBesideAColumnThatWasNotReported() {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("id", null);
        assertThat(rules(List.of("product:{language}:{id}"), List.of())
                        .evaluate(PRODUCTS, RowImage.partial(values), null))
                .isEmpty();
    }

    @Test
    void aColumnThatWasHiddenIsNotTakenForOneThatIsGone() {
        assertThat(RULES.evaluate(
                                PRODUCTS,
                                null,
                                row("id", 1, "category_id", "a placeholder").hiding(Set.of("category_id")))
                        .get(0)
                        .broadenedWhy())
                .contains("did not report column category_id");
    }

    private static RuleSet rules(List<String> keys, List<String> prefixes) {
        return new RuleSet(List.of(new Rule(
                "products",
                PRODUCTS,
                "products",
                keys.stream().map(Template::parse).toList(),
                List.of(),
                prefixes.stream().map(Template::parse).toList(),
                false)));
    }

    @Test
    void aColumnThatIsGoneInvalidatesAllOfTheRegion() {
        assertThat(RULES.evaluate(PRODUCTS, null, row("id", 1, "category", 7)))
                .containsExactly(new Invalidated(
                        "products",
                        List.of(Selector.all()),
                        "rule products, category:{category_id}: column category_id does not exist any more"));
    }

    @Test
    void aNameThatIsTooLongInvalidatesAllOfTheRegion() {
        Invalidated invalidated = RULES.evaluate(PRODUCTS, null, row("id", "x".repeat(600), "category_id", 1))
                .get(0);
        assertThat(invalidated.selectors()).containsExactly(Selector.all());
        assertThat(invalidated.broadenedWhy()).contains("must be at most 512 bytes");
    }

    @Test
    void aTableWithoutRulesInvalidatesNothing() {
        TableName other = new TableName("public", "orders");
        assertThat(RULES.isMapped(other)).isFalse();
        assertThat(RULES.evaluate(other, null, row("id", 1))).isEmpty();
    }

    @Test
    void anEmptiedTableInvalidatesAllOfItsRegions() {
        assertThat(RULES.evaluateTruncate(PRODUCTS))
                .containsExactly(new Invalidated("products", List.of(Selector.all()), null));
    }

    @Test
    void oneValueIsOneText() {
        UUID uuid = UUID.fromString("0A1B2C3D-0000-4000-8000-00000000000F");
        assertThat(text(42L)).isEqualTo("42");
        assertThat(text((short) -3)).isEqualTo("-3");
        assertThat(text(new BigDecimal("10.50"))).isEqualTo("10.5");
        assertThat(text(new BigDecimal("0.00"))).isEqualTo("0");
        assertThat(text(new BigDecimal("1E+3"))).isEqualTo("1000");
        assertThat(text(1.5d)).isEqualTo("1.5");
        assertThat(text(true)).isEqualTo("true");
        assertThat(text("Ünïcode {x}")).isEqualTo("Ünïcode {x}");
        assertThat(text(uuid)).isEqualTo("0a1b2c3d-0000-4000-8000-00000000000f");
        assertThat(text(Instant.parse("2026-01-01T00:00:00.120Z"))).isEqualTo("2026-01-01T00:00:00.120Z");
        assertThat(text(LocalDateTime.parse("2026-01-01T00:00:00"))).isEqualTo("2026-01-01T00:00:00");
        assertThat(ColumnText.of(new byte[1])).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
            product:{id         ; does not close the brace at character 9, write {{ for a brace
            product:id}         ; closes a brace that is not open at character 11, write }} for a brace
            product:{}          ; has no column between its braces
            product:{id|x}      ; has "id|x" between its braces, write the name of a column there
            product:{ id }      ; has " id " between its braces, write the name of a column there
            product:{lower(id)} ; has "lower(id)" between its braces, write the name of a column there
            """)
    void aFaultyTemplateSaysWhatIsWrong(String template, String clause) {
        assertThat(Template.faultIn(template))
                .startsWith("must be a template like product:{id}, but \"" + template + "\" ")
                .contains(clause.replace(", ", "; "));
    }

    @Test
    void bracesAreWrittenTwice() {
        Template template = Template.parse("{{{id}}}");
        assertThat(template.columns()).containsExactly("id");
        assertThat(template.render(row("id", 5))).isEqualTo(new Template.Name("{5}"));
    }

    private static @Nullable String text(Object value) {
        return ColumnText.of(value);
    }

    private static RowImage row(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return RowImage.of(values);
    }
}
