package dev.freshet.sources.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyPatternTest {

    @Test
    void partsHaveNamesAndTheWholeIsCalledKey() {
        KeyPattern pattern = KeyPattern.parse("shop:{tenant}:product:{id}");
        assertThat(pattern.names()).containsExactly("tenant", "id", "key");
        assertThat(pattern.match("shop:eu:product:7:b"))
                .isEqualTo(Map.of("tenant", "eu", "id", "7:b", "key", "shop:eu:product:7:b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "product:* product: true",
                "product:* product:7:x true",
                "product:* Product:7 false",
                "product:{id} product: false",
                "*:price 7:price true",
                "*:price 7:price:old false",
                "a{x}b aab true",
                "a{x}b ab false",
                "{x}aa aaa true",
                "{x}aa aa false",
                "a*a a false",
                "a*bc*d aXbcbcYd true",
                "plain plain true",
                "plain plainer false",
                "{{{id}}}* {7}x true",
                "{{{id}}}* 7x false",
                "** * true",
                "** x false",
            })
    void aKeyMatchesAsAWhole(String pattern, String key, boolean matches) {
        assertThat(KeyPattern.parse(pattern).match(key) != null).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a}", "a{", "{}", "{a b}", "{key}", "{a}:{a}", "{a}{b}", "{a}*", "*{a}"})
    void aPatternThatCouldMeanTwoThingsIsRefused(String text) {
        assertThat(KeyPattern.faultIn(text)).startsWith("must ");
    }
}
