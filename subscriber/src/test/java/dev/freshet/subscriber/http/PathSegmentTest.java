package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.http.Faults;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathSegmentTest {

    @ParameterizedTest
    @CsvSource({
        "user:1, user:1",
        "a+b, a+b",
        "a%2Fb%2e%2e, a/b..",
        "'..', '..'",
        "%2e%2E, '..'",
        "100%25, 100%",
        "%2525, %25",
        "gr%C3%BC%C3%9Fe, grüße",
        "%F0%9F%98%80, 😀",
        "a%20b, a b",
        "'', ''",
    })
    void aSegmentIsDecodedOnce(String raw, String expected) {
        Faults faults = new Faults();
        assertThat(PathSegment.decode(raw, "key", faults)).isEqualTo(expected);
        assertThat(faults.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "a%", "a%2", "%zz", "%2g", "%-1", "%+1", "% 1"})
    void aBrokenEscapeIsRefused(String raw) {
        assertRefused(raw, "key has a \"%\" that two hexadecimal digits do not follow");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%FF", "%C3", "%C0%AF", "%ED%A0%80", "%F5%80%80%80", "a%80b"})
    void whatIsNotUtf8IsRefused(String raw) {
        assertRefused(raw, "key must be well-formed UTF-8 when it is percent-decoded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"grüße", "a\u00e9%20"})
    void bareNonAsciiIsRefused(String raw) {
        assertRefused(raw, "key must be percent-encoded where it is not ASCII");
    }

    private static void assertRefused(String raw, String fault) {
        Faults faults = new Faults();
        assertThat(PathSegment.decode(raw, "key", faults)).isNull();
        assertThat(faults.asList())
                .extracting(found -> found.field() + " " + found.fault())
                .containsExactly(fault);
    }
}
