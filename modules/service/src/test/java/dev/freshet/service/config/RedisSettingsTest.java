package dev.freshet.service.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one place where every program reads how to get in at Redis. */
final class RedisSettingsTest {

    private static final Path PASSWORD = Path.of("/run/secrets/redis");
    private static final Path CA = Path.of("/tls/ca.crt");
    private static final Path CERTIFICATE = Path.of("/tls/tls.crt");
    private static final Path KEY = Path.of("/tls/tls.key");

    private static RedisConfig read(String... namesAndValues) {
        return Configuration.of(namesAndValues).read(RedisSettings::read);
    }

    private static void assertFaulty(String fault, String... namesAndValues) {
        assertThatThrownBy(() -> read(namesAndValues))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(fault);
    }

    @Test
    void withoutSettingsItIsAPlainConnectionOfThisMachine() {
        assertThat(read()).isEqualTo(RedisConfig.of("redis://127.0.0.1:6379"));
        assertThat(read("redis.uri", "rediss://:hunter2@redis"))
                .isEqualTo(RedisConfig.of("rediss://:hunter2@redis"))
                .asString()
                .doesNotContain("hunter2");
    }

    @Test
    void everySettingArrivesWhereItCounts() {
        RedisConfig config = read(
                "redis.uri", "redis-sentinel://one,two/main",
                "redis.namespace", "shop",
                "redis.connect-timeout", "3s",
                "redis.command-timeout", "4s",
                "redis.username", "app",
                "redis.password-file", PASSWORD.toString(),
                "redis.tls.ca", CA.toString(),
                "redis.tls.certificate", CERTIFICATE.toString(),
                "redis.tls.key", KEY.toString(),
                "redis.sentinel.username", "watcher",
                "redis.sentinel.password-file", "/run/secrets/sentinel",
                "redis.sentinel.tls.ca", "/tls/sentinels.crt");

        assertThat(config)
                .isEqualTo(RedisConfig.of("redis-sentinel://one,two/main")
                        .withNamespace("shop")
                        .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(4))
                        .withAccess(RedisAccess.PLAIN
                                .withPasswordFile("app", PASSWORD)
                                .withTlsFiles(CA, CERTIFICATE, KEY))
                        .withSentinelAccess(RedisAccess.PLAIN
                                .withPasswordFile("watcher", Path.of("/run/secrets/sentinel"))
                                .withTlsFiles(Path.of("/tls/sentinels.crt"), CERTIFICATE, KEY)));
        assertThat(config.servers())
                .hasToString("RedisAccess[credentials=password file /run/secrets/redis, tls=CA file /tls/ca.crt,"
                        + " certificate file /tls/tls.crt, key file /tls/tls.key]");
    }

    @Test
    void sentinelsSpeakTlsAsServersDoUnlessToldOtherwise() {
        assertThat(read("redis.tls.ca", CA.toString()).sentinels()).isNull(); // as at servers
        assertThat(read("redis.tls.ca", CA.toString(), "redis.sentinel.password-file", PASSWORD.toString())
                        .sentinels())
                .isEqualTo(RedisAccess.PLAIN.withPasswordFile(null, PASSWORD).withTlsFiles(CA, null, null));
        assertThat(read("redis.tls.ca", CA.toString(), "redis.sentinel.tls.enabled", "false")
                        .sentinels())
                .isEqualTo(RedisAccess.PLAIN);
        assertThat(read("redis.sentinel.tls.ca", CA.toString()))
                .isEqualTo(read().withSentinelAccess(RedisAccess.PLAIN.withTlsFiles(CA, null, null)));
    }

    @Test
    void aToolReadsThisSectionOfAnApplicationsConfigurationAndNothingElse(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("subscriber.yaml"), """
                redis: { uri: "redis://file", connect-timeout: 3s, tls: { ca: /tls/ca.crt } }
                regions: { users: {} }
                """);
        Map<String, String> environment = Map.of(
                "FRESHET_REDIS_CONNECT_TIMEOUT", "4s",
                "FRESHET_REDIS_TIER_TIMEOUT", "1s",
                "FRESHET_REDIS_SERVICE_HOST", "10.0.0.1",
                "FRESHET_HTTP_PORT", "nonsense");

        assertThat(RedisSettings.readAlone(
                        file, environment, List.of(new Configuration.Flag("redis.uri", "redis://flag", "--redis"))))
                .isEqualTo(RedisConfig.of("redis://flag")
                        .withTimeouts(Duration.ofSeconds(4), Duration.ofSeconds(2))
                        .withAccess(RedisAccess.PLAIN.withTlsFiles(CA, null, null)));
        assertThatThrownBy(() -> RedisSettings.readAlone(null, Map.of("FRESHET_REDIS_URL", "redis://x"), List.of()))
                .hasMessageContaining("FRESHET_REDIS_URL");
    }

    @Test
    void tlsWithoutFilesTrustsWhomJavaTrusts() {
        assertThat(read("redis.tls.enabled", "true").servers())
                .isEqualTo(RedisAccess.PLAIN.withTlsFiles(null, null, null));
    }

    @Test
    void whatDoesNotFitTogetherIsAFault() {
        assertFaulty(
                "redis.username: must come with password-file, the file that holds its password"
                        + " (from flag --set redis.username)",
                "redis.username",
                "app");
        assertFaulty(
                "redis.tls.certificate: must come with key (from flag --set redis.tls.certificate)",
                "redis.tls.certificate",
                "/tls/tls.crt");
        assertFaulty(
                "redis.sentinel.tls.key: must come with certificate (from flag --set redis.sentinel.tls.key)",
                "redis.sentinel.tls.key",
                "/tls/tls.key");
        assertFaulty(
                "redis.password-file: must not be set, since redis.uri holds a password; use one of them"
                        + " (from flag --set redis.password-file)",
                "redis.uri",
                "redis://:hunter2@redis",
                "redis.password-file",
                "/run/secrets/redis");
        assertFaulty(
                "redis.tls.enabled: must not be false, since redis.uri begins with rediss"
                        + " (from flag --set redis.tls.enabled)",
                "redis.uri",
                "rediss://redis",
                "redis.tls.enabled",
                "false");
        for (String namespace : List.of("{a}", "a b", "a*", "Shop", "a".repeat(65))) {
            assertFaulty(
                    "redis.namespace: must match [a-z0-9][a-z0-9._-]{0,63}, not \"" + namespace
                            + "\" (from flag --set redis.namespace)",
                    "redis.namespace",
                    namespace);
        }
        assertFaulty("redis.namespace: must not be empty (from flag --set redis.namespace)", "redis.namespace", "");
        assertFaulty("redis.tls.ca: must name a file (from flag --set redis.tls.ca)", "redis.tls.ca", "/");
        assertFaulty(
                "redis.command-timeout: must be 10ms to 1m, not 1ms (from flag --set redis.command-timeout)",
                "redis.command-timeout",
                "1ms");
    }
}
