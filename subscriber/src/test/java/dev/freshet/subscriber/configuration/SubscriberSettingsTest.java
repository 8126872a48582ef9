package dev.freshet.subscriber.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscriberSettingsTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void everyNameAndDefaultIsPinned() {
        assertThat(Configuration.describe(SubscriberSettings::read).stream()
                        .filter(setting -> !setting.name().equals("name"))
                        .map(setting -> setting.name() + " = " + setting.defaultText()))
                .containsExactly(
                        "redis.uri = redis://127.0.0.1:6379",
                        "redis.namespace = freshet",
                        "redis.connect-timeout = 1s",
                        "redis.command-timeout = 2s",
                        "redis.username = ",
                        "redis.password-file = ",
                        "redis.tls.ca = ",
                        "redis.tls.certificate = ",
                        "redis.tls.key = ",
                        "redis.tls.enabled = false",
                        "redis.sentinel.username = ",
                        "redis.sentinel.password-file = ",
                        "redis.sentinel.tls.ca = ",
                        "redis.sentinel.tls.certificate = ",
                        "redis.sentinel.tls.key = ",
                        "redis.sentinel.tls.enabled = false",
                        "http.min-position-wait = 1s",
                        "http.maximum-load-wait = 10s",
                        "http.host = 127.0.0.1",
                        "http.port = 8710",
                        "http.idle-timeout = 1m",
                        "http.request-timeout = 30s",
                        "http.maximum-connections = 10000",
                        "http.allowed-hosts = ",
                        "http.tls.certificate = ",
                        "http.tls.key = ",
                        "http.tls.client-ca = ",
                        "http.socket = ",
                        "http.socket-mode = 0600",
                        "http.tokens-file = ",
                        "http.maximum-entry = 1MiB",
                        "heartbeat = 500ms",
                        "startup-wait = 10s",
                        "ready-after-startup-wait = true",
                        "replay.buffer-records = 10000",
                        "replay.page-records = 500",
                        "redis-tier.timeout = 250ms",
                        "redis-tier.connections = 2",
                        "redis-tier.key-file = ",
                        "resp.host = 127.0.0.1",
                        "resp.port = 6380",
                        "resp.maximum-connections = 10000",
                        "resp.tls.certificate = ",
                        "resp.tls.key = ",
                        "resp.tls.client-ca = ",
                        "resp.allow-administration = false",
                        "resp.maximum-value = 1MiB",
                        "resp.touch-interval = ",
                        "resp.rules.<name>.pattern = ",
                        "resp.rules.<name>.region = ",
                        "resp.rules.<name>.commands = ",
                        "regions.<name>.maximum-entries = ",
                        "regions.<name>.maximum-bytes = ",
                        "regions.<name>.unconfirmed.after = 2s",
                        "regions.<name>.expire-after-write = ",
                        "regions.<name>.expire-after-access = ",
                        "regions.<name>.unconfirmed.policy = serve",
                        "regions.<name>.lease-ttl = 10s",
                        "regions.<name>.unleased-stores = refuse",
                        "regions.<name>.fence-retention = 1m",
                        "regions.<name>.maximum-leases = 100000",
                        "regions.<name>.maximum-broad-invalidations = 65536",
                        "regions.<name>.reset-spread = 0s",
                        "regions.<name>.refresh-after-write = 0s",
                        "regions.<name>.evict-again-after = 0s",
                        "regions.<name>.maximum-evict-again = 100000",
                        "regions.<name>.fail-safe = 0s",
                        "regions.<name>.refresh-jitter = 0.1",
                        "regions.<name>.maximum-load-waiters = 1000",
                        "regions.<name>.redis-tier.enabled = false",
                        "regions.<name>.redis-tier.maximum-ttl = 1h");
    }

    @Test
    void everySettingSaysWhatItIsFor() {
        assertThat(Configuration.describe(SubscriberSettings::read)).allSatisfy(setting -> {
            assertThat(setting.help()).isNotBlank();
            assertThat(setting.kind()).isNotBlank();
        });
        assertThat(Configuration.describe(SubscriberSettings::read).stream().map(Setting::environmentName))
                .contains("FRESHET_REDIS_URI", "FRESHET_HTTP_PORT", "FRESHET_REGIONS_NAME_MAXIMUM_ENTRIES");
    }

    @Test
    void theFileOfTheDesignIsRead() throws IOException {
        SubscriberSettings settings = read("""
                redis:      { uri: redis://127.0.0.1:6379 }
                http:       { host: 127.0.0.1, port: 8710 }
                heartbeat:  500ms
                regions:
                  users:
                    maximum-entries: 100000
                    expire-after-write: 10m
                    unconfirmed: { policy: serve, after: 2s }
                    lease-ttl: 10s
                    unleased-stores: refuse
                  products:
                    maximum-bytes: 64MiB
                    unconfirmed: { policy: bypass, after: 30s }
                    unleased-stores: accept
                """);
        RegionSettings users = region(settings, "users");
        assertThat(users.maximumEntries()).hasValue(100_000);
        assertThat(users.maximumBytes())
                .as("half of the heap, less what other regions are given")
                .hasValue(Runtime.getRuntime().maxMemory() / 2 - (64 << 20));
        assertThat(users.expireAfterWrite()).hasValue(Duration.ofMinutes(10));
        assertThat(users.unconfirmedPolicy()).isEqualTo(UnconfirmedPolicy.SERVE);
        assertThat(users.unconfirmedAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(users.leaseTtl()).isEqualTo(Duration.ofSeconds(10));
        assertThat(users.unleasedStores()).isEqualTo(UnleasedStores.REFUSE);
        RegionSettings products = region(settings, "products");
        assertThat(products.maximumEntries()).isEmpty();
        assertThat(products.maximumBytes()).hasValue(64L << 20);
        assertThat(products.unconfirmedPolicy()).isEqualTo(UnconfirmedPolicy.BYPASS);
        assertThat(products.unleasedStores()).isEqualTo(UnleasedStores.ACCEPT);
        assertThat(settings.bus().heartbeat()).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.bus().goneAfter())
                .as("longer than the longest bound")
                .isEqualTo(Duration.ofSeconds(31));
    }

    @Test
    void aRegionNeedsNoSettings() throws IOException {
        RegionSettings region = region(read("regions: { users: {} }"), "users");
        assertThat(region.maximumEntries()).isEqualTo(OptionalLong.of(100_000));
        assertThat(region.expireAfterWrite()).isEmpty();
        assertThat(region.unconfirmedAfter()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void theEnvironmentOverridesTheFile() throws IOException {
        Configuration configuration = new Configuration(
                file("regions: { my-users: { maximum-entries: 5 } }\nhttp: { port: 1 }"),
                "from the test",
                Map.of("FRESHET_HTTP_PORT", "2", "FRESHET_REGIONS_MY_USERS_MAXIMUM_ENTRIES", "6"),
                List.of(),
                List.of());
        SubscriberSettings settings = configuration.read(SubscriberSettings::read);
        assertThat(settings.http().port().port()).isEqualTo(2);
        assertThat(region(settings, "my-users").maximumEntries()).hasValue(6);
    }

    @Test
    void allFaultsAreReportedAtOnce() {
        assertThatThrownBy(() -> read("""
                        redis: { uri: "http://localhost", tls: true }
                        http: { prot: 1, port: 70000 }
                        heartbeat: soon
                        regions:
                          Users: { maximum-entries: 0 }
                          ok: { maximum-entries: 1, maximum-bytes: 1MiB, unconfirmed: { policy: pray, after: 100ms } }
                        """)).isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(
                        e.faults().stream().map(fault -> fault.name()))
                .containsExactlyInAnyOrder(
                        "redis.uri",
                        "redis.tls",
                        "http.prot",
                        "http.port",
                        "heartbeat",
                        "regions.Users",
                        "regions.Users.maximum-entries",
                        "regions.ok.unconfirmed.policy",
                        "regions.ok.unconfirmed.after"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http: {}                                            | regions",
                "regions:                                            | regions",
                "regions: { users: { expire-after-write: -1s } }     | regions.users.expire-after-write",
                "regions: { users: { maximum-bytes: lots } }         | regions.users.maximum-bytes",
                "regions: { users: { maximum-bytes: 900GiB } }       | regions",
                "regions: { users: { lease-ttl: 0s } }               | regions.users.lease-ttl",
                "regions: { users: { unleased-stores: yes } }        | regions.users.unleased-stores",
                "regions: { users: { unconfirmed: serve } }          | regions.users.unconfirmed",
                "regions: { users: { reset-spread: 3s } }            | regions.users.reset-spread",
                "regions: { users: { refresh-jitter: 1.1 } }         | regions.users.refresh-jitter",
                "regions: { users: { refresh-jitter: some } }        | regions.users.refresh-jitter",
                "regions: { u: { expire-after-write: 5s, refresh-after-write: 5s } } | regions.u.refresh-after-write",
                "regions: { u: {} }; http: { idle-timeout: 1s }      | http.idle-timeout",
                "regions: { u: {} }; http: { maximum-entry: 0 }      | http.maximum-entry",
                "regions: { u: {} }; startup-wait: -1s               | startup-wait",
            })
    void oneFaultIsNamed(String text, String name) {
        assertThatThrownBy(() -> read(text.replace("; ", "\n")))
                .isInstanceOfSatisfying(ConfigurationException.class, e -> assertThat(
                                e.faults().stream().map(fault -> fault.name()))
                        .containsExactly(name));
    }

    private static RegionSettings region(SubscriberSettings settings, String name) {
        return Objects.requireNonNull(settings.regions().get(name));
    }

    private SubscriberSettings read(String text) throws IOException {
        return new Configuration(file(text), "from the test", Map.of(), List.of(), List.of())
                .read(SubscriberSettings::read);
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("freshet.yaml"), text);
    }
}
