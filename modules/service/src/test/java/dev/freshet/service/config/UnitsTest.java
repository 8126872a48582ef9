package dev.freshet.service.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations and sizes are read and written as people write them. */
final class UnitsTest {

    @ParameterizedTest
    @CsvSource({
        "500ms, PT0.5S",
        "2s, PT2S",
        "10m, PT10M",
        "1h, PT1H",
        "1d, PT24H",
        "3us, PT0.000003S",
        "7 ns, PT0.000000007S",
        "PT0.5S, PT0.5S",
        "0, PT0S"
    })
    void durationsAreRead(String text, Duration duration) {
        assertThat(Units.parseDuration(text)).isEqualTo(duration);
        assertThat(Units.parseDuration(Units.format(duration))).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "-1s", "1.5s", "s", "5 sec", "PT-1S", "99999999999999d", "P999999999999D", "1e3s"})
    void otherDurationsAreRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Units.parseDuration(text))
                .withMessageStartingWith("must be a duration like 500ms");
    }

    @ParameterizedTest
    @CsvSource({"512, 512", "1kB, 1000", "1KB, 1000", "64MiB, 67108864", "1GB, 1000000000", "2 GiB, 2147483648", "9b, 9"
    })
    void sizesAreRead(String text, long bytes) {
        assertThat(Units.parseBytes(text)).isEqualTo(bytes);
        assertThat(Units.parseBytes(Units.formatBytes(bytes))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1TB", "1.5MiB", "MiB", "99999999999GiB"})
    void otherSizesAreRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Units.parseBytes(text))
                .withMessageStartingWith("must be a size like 64MiB");
    }
}
