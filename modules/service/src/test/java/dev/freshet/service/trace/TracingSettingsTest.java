package dev.freshet.service.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TracingSettingsTest {

    private static @Nullable TracingSettings read(String... namesAndValues) {
        return Configuration.of(namesAndValues)
                .read(settings -> Optional.ofNullable(TracingSettings.read(settings, "freshet-publisher")))
                .orElse(null);
    }

    @Test
    void withoutAnEndpointNothingIsTraced() {
        assertThat(read()).isNull();
        assertThat(read("tracing.sample", "0.5")).isNull();
    }

    @Test
    void defaultsAreThoseOfTheExporter() {
        assertThat(read("tracing.endpoint", "http://collector:4318"))
                .isEqualTo(new TracingSettings(
                        URI.create("http://collector:4318/v1/traces"),
                        1,
                        null,
                        Duration.ofSeconds(10),
                        "freshet-publisher"));
    }

    @ParameterizedTest
    @CsvSource({
        "http://c:4318/, http://c:4318/v1/traces",
        "https://c, https://c/v1/traces",
        "http://c:4318/otlp/v1/traces, http://c:4318/otlp/v1/traces",
        "http://[::1]:4318, http://[::1]:4318/v1/traces"
    })
    void anAddressWithoutAPathMeansThePathForTraces(String given, String meant) {
        assertThat(read("tracing.endpoint", given)).isNotNull().returns(URI.create(meant), TracingSettings::endpoint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "collector:4318",
                "collector",
                "grpc://collector:4317",
                "http://",
                "http:///v1/traces",
                "http://user:hunter2@collector:4318",
                "http://collector:4318?key=hunter2",
                "http://collector:4318#x",
                "http://colle ctor",
                "/v1/traces"
            })
    void anythingElseIsRefusedWithASentenceAndWithoutSecrets(String endpoint) {
        assertThatThrownBy(() -> read("tracing.endpoint", endpoint))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("tracing.endpoint")
                .hasMessageContaining("like http://collector:4318")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void aPartIsFromZeroToOne() {
        assertThatThrownBy(() -> read("tracing.endpoint", "http://c:4318", "tracing.sample", "2"))
                .hasMessageContaining("tracing.sample");
    }
}
