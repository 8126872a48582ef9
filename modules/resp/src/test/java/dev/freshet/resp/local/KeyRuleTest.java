package dev.freshet.resp.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which keys a pattern matches. */
class KeyRuleTest {

    @ParameterizedTest(name = "{0} matches {1}: {2}")
    @CsvSource({
        "user:*, user:1, true",
        "user:*, user:, true",
        "user:*, users:1, false",
        "user:*, xuser:1, false",
        "*, anything, true",
        "config, config, true",
        "config, config2, false",
        "user:*:profile, user:7:profile, true",
        "user:*:profile, user:7:profiles, false",
        "user:*:profile, user:profile, false",
        "a*b*c, abc, true",
        "a*b*c, aXbXcXbXc, true",
        "a*b*c, aXcXb, false",
        "a*a, a, false",
        "a*a, aa, true"
    })
    void matches(String pattern, String key, boolean isMatch) {
        assertThat(new KeyRule("rule", pattern, "region").matches(key)).isEqualTo(isMatch);
        if (isMatch) {
            assertThat(new KeyRule("rule", pattern, "region").matches(new KeyRule("", pattern, "").example()))
                    .isTrue();
        }
    }
}
