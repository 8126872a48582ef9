package dev.freshet.service.rights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a configuration opens to strangers. */
@SuppressWarnings("NullAway.Init") // before each test
final class ExposureTest {

    private static final String KEY = "tls: {certificate: a, key: b}";

    @TempDir
    private Path folder;

    private Exposure.Found read(String yaml, Map<String, String> environment) throws IOException {
        Path file = folder.resolve("freshet.yaml");
        Files.writeString(file, yaml);
        return new Configuration(file, "from --config", environment, List.of(), List.of()).readSome(Exposure::read);
    }

    private Exposure.Found read(String yaml) throws IOException {
        return read(yaml, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "http: {port: 8700}", "regions: [users]", "http: {host: 10.1.2.3, " + KEY + "}"})
    void aPublisherThatKnowsNoCallersIsOpen(String yaml) throws IOException {
        Exposure.Found found = read(yaml);

        assertThat(found.application()).isEqualTo(Exposure.PUBLISHER);
        assertThat(found.fault())
                .contains(
                        "http.host is ",
                        "port 8700",
                        "can evict every entry",
                        "http.tokens-file",
                        "http.tls.client-ca");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http: {host: 127.0.0.1}",
                "http: {host: 127.1.2.3}",
                "http: {host: '::1'}",
                "http: {host: localhost}",
                "http: {tokens-file: t, " + KEY + "}",
                "http: {tls: {certificate: a, key: b, client-ca: c}}",
                "http: {tokens-file: t, tls: {certificate: a, key: b, client-ca: c}}",
                "regions: {users: {maximum-entries: 10}}",
                "{http: {socket: /run/freshet.sock}, regions: {users: {maximum-entries: 10}}}",
            })
    void aPortThatOnlyItsOwnReachOrThatKnowsItsCallersIsNot(String yaml) throws IOException {
        assertThat(read(yaml).fault()).isNull();
    }

    @Test
    void aSubscriberThatListensToOthersIsOpen() throws IOException {
        Exposure.Found found = read("{http: {host: 0.0.0.0}, regions: {users: {maximum-entries: 10}}}");

        assertThat(found.application()).isEqualTo(Exposure.SUBSCRIBER);
        assertThat(found.fault()).contains("port 8710", "can read, store and evict");
    }

    @Test
    void tokensInPlainTextAreSaidToBeSo() throws IOException {
        assertThat(read("http: {tokens-file: t}").fault()).contains("http.tls.certificate is not set", "tokens");
    }

    private static String resp(String redis, String resp) {
        return "{redis: {uri: '" + redis + "'}, resp: {" + resp + "}, regions: {users: {maximum-entries: 10}}}";
    }

    @Test
    void aRespPortThatListensToOthersIsOpenUnlessRedisOrACertificateIsAsked() throws IOException {
        assertThat(read(resp("redis://a:1", "host: 0.0.0.0")).fault())
                .contains("resp.host is 0.0.0.0", "port 6380", "read and write every key", "resp.tls.client-ca");
        assertThat(read(resp("redis://user:secret@a:1", "host: 0.0.0.0")).fault())
                .contains("resp.tls.certificate is not set")
                .doesNotContain("secret");
        assertThat(read(resp("redis://a:1", "host: 127.0.0.1")).fault()).isNull();
        assertThat(read(resp("redis://a:1", "host: 0.0.0.0, tls: {certificate: a, key: b, client-ca: c}"))
                        .fault())
                .isNull();
        assertThat(read(resp("redis://:secret@a:1", "host: 0.0.0.0, tls: {certificate: a, key: b}"))
                        .fault())
                .isNull();
    }

    @Test
    void theEnvironmentOverridesAndWhatIsOfOthersIsIgnored() throws IOException {
        assertThat(read(
                                "{unknown: 1, http: {host: 0.0.0.0, maximum-body: 1MiB, whatever: x}}",
                                Map.of("FRESHET_HTTP_HOST", "127.0.0.1", "FRESHET_WHATEVER", "x"))
                        .fault())
                .isNull();
    }

    @Test
    void whatItReadsMustBeRight() {
        assertThatThrownBy(() -> read("http: {port: many}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("http.port");
    }
}
