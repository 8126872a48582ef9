package dev.freshet.subscriber.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.service.http.Faults;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreHeadersTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void everythingThatCanBeSaidIsRead() {
        StoreHeaders headers = parse(
                "Lease", "token",
                "Content-Type", "application/json",
                "Cache-Control", "public, max-age=60",
                "Cache-Tag", "team:7, role:admin",
                "Cache-Tag", "team:7,plan:free",
                "Entry-Version", "42");
        assertThat(headers.lease()).isEqualTo("token");
        assertThat(headers.contentType()).isEqualTo("application/json");
        assertThat(headers.lifetime()).isEqualTo(new Lifetime.For(Duration.ofSeconds(60)));
        assertThat(headers.tags()).containsExactly("team:7", "role:admin", "plan:free");
        assertThat(headers.version()).isEqualTo(OptionalLong.of(42));
    }

    @Test
    void nothingSaidMeansTheRegionsOwn() {
        StoreHeaders headers = parse();
        assertThat(headers.lease()).isNull();
        assertThat(headers.contentType()).isEqualTo("application/octet-stream");
        assertThat(headers.lifetime()).isEqualTo(new Lifetime.OfRegion());
        assertThat(headers.tags()).isEmpty();
        assertThat(headers.version()).isEmpty();
    }

    @Test
    void aTagMayBeAnyText() {
        String wire = new String("größe:1".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(parse("Cache-Tag", wire).tags()).containsExactly("größe:1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "max-age=60                | 60",
                "MAX-AGE=\"60\"            | 60",
                "private, max-age=5        | 5",
                "max-age=60,max-age=60     | 60",
                "max-age=99999999999999999 | 2147483647",
                "max-age=4294967296        | 2147483647",
                "max-age=0                 | 0",
                "no-store                  | 0",
                "no-store, max-age=60      | 0",
                "max-age=60, No-Cache      | 0",
                "s-maxage=9                | -1",
                "private                   | -1",
            })
    void cacheControlIsReadAsRfc9111HasIt(String cacheControl, long seconds) {
        Lifetime expected = seconds < 0
                ? new Lifetime.OfRegion()
                : seconds == 0 ? new Lifetime.None() : new Lifetime.For(Duration.ofSeconds(seconds));
        assertThat(parse("Cache-Control", cacheControl).lifetime()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Thu, 01 Jan 2026 00:01:00 GMT   | 60",
                "Thursday, 01-Jan-26 00:01:00 GMT | 60",
                "Thu, 1 Jan 2026 00:01:00 GMT    | 60",
                "Thursday, 1-Jan-26 00:01:00 GMT | 60",
                "Thu Jan  1 00:01:00 2026        | 60",
                "Thu, 01 Jan 2026 00:00:00 GMT   | 0",
                "Sunday, 06-Nov-94 08:49:37 GMT  | 0",
                "0                               | 0",
                "Mon, 01 Jan 2998 00:00:00 GMT   | 2147483647",
            })
    void expiresIsADate(String expires, long seconds) {
        Lifetime expected = seconds == 0 ? new Lifetime.None() : new Lifetime.For(Duration.ofSeconds(seconds));
        assertThat(parse("Expires", expires).lifetime()).isEqualTo(expected);
    }

    @Test
    void timesToLiveMayBeGivenInMillisecondsAndTheShortestCounts() {
        assertThat(parse("Freshet-Expire-Millis", "1500").lifetime())
                .isEqualTo(new Lifetime.For(Duration.ofMillis(1500)));
        assertThat(parse("Freshet-Expire-At-Millis", "1767225600250").lifetime())
                .isEqualTo(new Lifetime.For(Duration.ofMillis(250)));
        assertThat(parse("Freshet-Expire-At-Millis", "1767225599999").lifetime())
                .isEqualTo(new Lifetime.None());
        assertThat(parse("Cache-Control", "max-age=5", "Freshet-Expire-Millis", "7000")
                        .lifetime())
                .isEqualTo(new Lifetime.For(Duration.ofSeconds(5)));
        assertThat(parse("Freshet-Expire-Millis", "0").lifetime()).isEqualTo(new Lifetime.None());
    }

    @Test
    void maxAgeWinsOverExpires() {
        assertThat(parse("Cache-Control", "max-age=5", "Expires", "0").lifetime())
                .isEqualTo(new Lifetime.For(Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "Freshet-Expire-Millis | 1.5      | must be one whole number of milliseconds, of at most 18 digits",
                "Cache-Control | max-age=ten      | must give max-age as whole seconds, for example max-age=60",
                "Cache-Control | max-age=-1       | must give max-age as whole seconds, for example max-age=60",
                "Cache-Control | max-age          | must give max-age as whole seconds, for example max-age=60",
                "Cache-Control | max-age=1.5      | must give max-age as whole seconds, for example max-age=60",
                "Cache-Control | max-age=1,max-age=2 | must give max-age once, not twice with different values",
                "Expires       | tomorrow         | must be an HTTP date, for example Thu, 01 Jan 2026 00:00:00 GMT",
                "Expires       | -1               | must be an HTTP date, for example Thu, 01 Jan 2026 00:00:00 GMT",
                "Cache-Tag     | a,,b             | has a tag that must not be empty",
                "Cache-Tag     | ''               | has a tag that must not be empty",
                "Cache-Tag     | \u00ff           | must be well-formed UTF-8",
                "Entry-Version | -1               | must be one whole number from 0 to 9223372036854775807",
                "Entry-Version | 9223372036854775808 | must be one whole number from 0 to 9223372036854775807",
                "Entry-Version | v2               | must be one whole number from 0 to 9223372036854775807",
                "Lease         | ''               | must not be empty",
                "Content-Range | bytes 0-1/2      | must not be given: an entry is stored whole",
            })
    void aBadHeaderIsNamed(String name, String value, String fault) {
        assertThat(faultsOf(name, value)).containsExactly(name + " " + fault);
    }

    @Test
    void aTagThatIsTooLongIsNamed() {
        assertThat(faultsOf("Cache-Tag", "x".repeat(513)))
                .containsExactly("Cache-Tag has a tag that must be at most 512 bytes of UTF-8, not 513");
    }

    @Test
    void allFaultsAreNamedAtOnce() {
        assertThat(faultsOf("Cache-Control", "max-age=x", "Cache-Tag", "", "Entry-Version", "x", "Lease", ""))
                .hasSize(4);
    }

    private static StoreHeaders parse(String... namesAndValues) {
        Faults faults = new Faults();
        StoreHeaders headers = StoreHeaders.parse(headers(namesAndValues), NOW, faults);
        assertThat(faults.asList()).isEmpty();
        return headers;
    }

    private static List<String> faultsOf(String... namesAndValues) {
        Faults faults = new Faults();
        StoreHeaders.parse(headers(namesAndValues), NOW, faults);
        return faults.asList().stream()
                .map(fault -> fault.field() + " " + fault.fault())
                .toList();
    }

    private static MultiMap headers(String... namesAndValues) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return headers;
    }
}
