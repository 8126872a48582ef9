package dev.freshet.publisher.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.publisher.FakePublisher;
import dev.freshet.publisher.PublisherApplication;
import dev.freshet.service.Service;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.Units;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.port.TlsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pins every setting: its name, its values, its default. If a setting changes, docs/OPERATIONS.md changes too. */
final class SettingsTest {

    @Test
    void everySettingHasItsNameAndDefault() {
        PublisherApplication application = new PublisherApplication((config, listener) -> new FakePublisher());
        String name = PublisherConfig.of("redis://127.0.0.1:6379").name();

        assertThat(Service.settingsOf(application).stream()
                        .map(setting -> setting.name() + " = " + setting.defaultText() + " (" + setting.kind() + ")")
                        .collect(Collectors.joining("\n")))
                .isEqualTo("""
                        management.host = 0.0.0.0 (a text)
                        management.port = 8701 (0 to 65535)
                        management.idle-timeout = 75s (a duration, 100ms to 1h)
                        management.request-timeout = 30s (a duration, 100ms to 1h)
                        management.maximum-connections = 256 (1 to 1000000)
                        management.allowed-hosts =  (a list of host names)
                        management.tls.certificate =  (a file)
                        management.tls.key =  (a file)
                        management.tls.client-ca =  (a file)
                        shutdown.delay = 500ms (a duration, 0s to 5m)
                        shutdown.timeout = 5s (a duration, 100ms to 5m)
                        log.level = info (error or warn or info or debug or trace)
                        tracing.endpoint =  (an address)
                        tracing.sample = 1 (a part, from 0 to 1)
                        tracing.headers-file =  (a file)
                        tracing.timeout = 10s (a duration, 100ms to 5m)
                        tracing.service-name = freshet-publisher (a text)
                        redis.uri = redis://127.0.0.1:6379 (redis://, rediss://, redis-sentinel:// or redis-cluster://)
                        redis.namespace = freshet (a name)
                        redis.connect-timeout = 1s (a duration, 10ms to 1m)
                        redis.command-timeout = 2s (a duration, 10ms to 1m)
                        redis.username =  (a text)
                        redis.password-file =  (a file)
                        redis.tls.ca =  (a file)
                        redis.tls.certificate =  (a file)
                        redis.tls.key =  (a file)
                        redis.tls.enabled = false (true or false)
                        redis.sentinel.username =  (a text)
                        redis.sentinel.password-file =  (a file)
                        redis.sentinel.tls.ca =  (a file)
                        redis.sentinel.tls.certificate =  (a file)
                        redis.sentinel.tls.key =  (a file)
                        redis.sentinel.tls.enabled = false (true or false)
                        name = %s (a text)
                        log.maximum-records = 100000 (1 to 1000000000)
                        log.maximum-bytes = 64MiB (a size, 256KiB to 1024GiB)
                        queue.maximum-invalidations = 65536 (1 to 10000000)
                        retention.time = 1m (a duration, 0s to 1h)
                        retention.maximum-bytes = 64MiB (a size, 1MiB to 1024GiB)
                        wait.replicas = 0 (0 to 100)
                        wait.timeout = 500ms (a duration, 1ms to 1m)
                        broad.maximum-entries = 0 (0 to 1000000000000)
                        broad.timeout = 1s (a duration, 1ms to 1m)
                        log.maximum-regions = 10000 (1 to 1000000)
                        log.expire-after = 1d (a duration, 0s to 365d)
                        await.maximum-timeout = 30s (a duration, 1ms to 10m)
                        await.timeout = 5s (a duration, 1ms to 10m)
                        http.host = 0.0.0.0 (a text)
                        http.port = 8700 (0 to 65535)
                        http.idle-timeout = 75s (a duration, 100ms to 1h)
                        http.request-timeout = 30s (a duration, 100ms to 1h)
                        http.maximum-connections = 10000 (1 to 1000000)
                        http.allowed-hosts =  (a list of host names)
                        http.tls.certificate =  (a file)
                        http.tls.key =  (a file)
                        http.tls.client-ca =  (a file)
                        http.tokens-file =  (a file)
                        http.maximum-body = 1MiB (a size, 64 to 64MiB)
                        http.maximum-line = 1MiB (a size, 64 to 64MiB)
                        queue.maximum-bytes = 64MiB (a size, 1MiB to 1024GiB)
                        regions =  (a list of regions)
                        metrics.maximum-regions = 200 (1 to 100000)
                        sources.<name>.kind = outbox (outbox or postgresql or mariadb or redis-keyspace or redis-tracking or redis-channel)
                        sources.<name>.uri =  (a JDBC address, or one of Redis)
                        sources.<name>.user =  (a text)
                        sources.<name>.password =  (a text)
                        sources.<name>.rules.<name>.table =  (a table or schema.table)
                        sources.<name>.rules.<name>.pattern =  (a pattern like product:{id})
                        sources.<name>.rules.<name>.channel =  (a channel or a pattern like invalidate:{id})
                        sources.<name>.rules.<name>.message =  (a pattern like user:{id})
                        sources.<name>.rules.<name>.separator =  (a text)
                        sources.<name>.rules.<name>.json =  (a list of names with JSON Pointers, like id=/user/id)
                        sources.<name>.rules.<name>.when =  (a list of JSON Pointers with texts, like /type=user)
                        sources.<name>.rules.<name>.region =  (a region)
                        sources.<name>.rules.<name>.keys =  (a list of templates)
                        sources.<name>.rules.<name>.tags =  (a list of templates)
                        sources.<name>.rules.<name>.prefixes =  (a list of templates)
                        sources.<name>.rules.<name>.all = false (true or false)
                        sources.<name>.maximum-pending = 100000 (1 to 10000000)
                        sources.<name>.events =  (a list of events of Redis)
                        sources.<name>.notifications = set (set or check or assume)
                        sources.<name>.tiers =  (a list of regions)
                        sources.<name>.on-gap = invalidate (invalidate or ignore)
                        sources.<name>.relay.<name>.region =  (a region)
                        sources.<name>.relay.<name>.keys =  (a pattern like user:{id})
                        sources.<name>.relay.<name>.tags =  (a pattern like user:{id})
                        sources.<name>.relay.<name>.prefixes =  (a pattern like user:{id})
                        sources.<name>.relay.<name>.all = false (true or false)
                        sources.<name>.relay.<name>.channel =  (a template like user:{id})
                        sources.<name>.relay.<name>.message =  (a template like user:{id})
                        sources.<name>.table = freshet_outbox (a table or schema.table)
                        sources.<name>.poll-interval = 500ms (a duration, 10ms to 1h)
                        sources.<name>.batch = 500 (1 to 10000)
                        sources.<name>.slot = freshet_name (a name)
                        sources.<name>.publication = freshet_name (a name)
                        sources.<name>.check-interval = 5s (a duration, 100ms to 10m)
                        audit.sample = 0 (a part, from 0 to 1)
                        audit.after =  (a list of durations)
                        audit.truth.<name>.keys =  (a pattern like user:{id})
                        audit.truth.<name>.url =  (an address with names in braces)
                        audit.truth.<name>.source =  (a text)
                        audit.truth.<name>.query =  (a query with names in braces)
                        console.host = 127.0.0.1 (a text)
                        console.port =  (0 to 65535)
                        console.idle-timeout = 75s (a duration, 100ms to 1h)
                        console.request-timeout = 30s (a duration, 100ms to 1h)
                        console.maximum-connections = 300 (1 to 1000000)
                        console.allowed-hosts =  (a list of host names)
                        console.tls.certificate =  (a file)
                        console.tls.key =  (a file)
                        console.tls.client-ca =  (a file)
                        console.tokens-file =  (a file)
                        console.show-keys =  (a list of regions)
                        console.maximum-viewers = 100 (1 to 1000)""".formatted(name));
    }

    @Test
    void everySettingArrivesWhereItCounts() {
        PublisherSettings settings = Configuration.of(
                        "redis.uri", "redis://:secret@redis.example:7000/2",
                        "redis.namespace", "shop",
                        "redis.connect-timeout", "3s",
                        "redis.command-timeout", "4s",
                        "name", "publisher-1",
                        "log.maximum-records", "5",
                        "log.maximum-bytes", "1GB",
                        "queue.maximum-invalidations", "7",
                        "queue.maximum-bytes", "8MiB",
                        "retention.time", "9s",
                        "retention.maximum-bytes", "10MiB",
                        "wait.replicas", "2",
                        "wait.timeout", "11ms",
                        "await.timeout", "12s",
                        "await.maximum-timeout", "13s",
                        "http.host", "127.0.0.1",
                        "http.port", "14",
                        "http.maximum-body", "15kB",
                        "http.maximum-line", "16kB",
                        "http.idle-timeout", "17s",
                        "http.request-timeout", "22s",
                        "http.maximum-connections", "19",
                        "http.allowed-hosts", "cache.example.com,.example.org",
                        "http.tokens-file", "tokens",
                        "http.tls.certificate", "tls.crt",
                        "http.tls.key", "tls.key",
                        "http.tls.client-ca", "ca.crt",
                        "broad.maximum-entries", "20",
                        "broad.timeout", "21ms",
                        "log.maximum-regions", "23",
                        "log.expire-after", "24h",
                        "regions", "users,orders",
                        "metrics.maximum-regions", "18",
                        "audit.sample", "0.25",
                        "audit.after", "2s,24s")
                .read(PublisherSettings::read);

        assertThat(settings)
                .isEqualTo(new PublisherSettings(
                        new PublisherConfig(
                                RedisConfig.of("redis://:secret@redis.example:7000/2")
                                        .withNamespace("shop")
                                        .withTimeouts(Duration.ofSeconds(3), Duration.ofSeconds(4)),
                                "publisher-1",
                                5,
                                1_000_000_000,
                                7,
                                Duration.ofSeconds(9),
                                10 << 20,
                                2,
                                Duration.ofMillis(11),
                                20,
                                Duration.ofMillis(21),
                                23,
                                Duration.ofHours(24)),
                        new HttpSettings(
                                new PortSettings(
                                        "127.0.0.1",
                                        14,
                                        Duration.ofSeconds(17),
                                        Duration.ofSeconds(22),
                                        19,
                                        List.of("cache.example.com", ".example.org"),
                                        new TlsSettings(Path.of("tls.crt"), Path.of("tls.key"), Path.of("ca.crt")),
                                        null,
                                        4096,
                                        8192,
                                        false),
                                Path.of("tokens"),
                                15_000,
                                16_000),
                        List.of("users", "orders"),
                        8 << 20,
                        Duration.ofSeconds(12),
                        Duration.ofSeconds(13),
                        18,
                        List.of(),
                        new AuditSettings(0.25, List.of(Duration.ofSeconds(2), Duration.ofSeconds(24)), Map.of()),
                        null));
        assertThat(settings.toString()).doesNotContain("secret");
    }

    @Test
    void whatDoesNotFitTogetherIsAFault() {
        assertThatThrownBy(() -> Configuration.of(
                                "await.timeout", "20s",
                                "await.maximum-timeout", "10s",
                                "queue.maximum-bytes", "1MiB",
                                "http.maximum-line", "2MiB",
                                "redis.uri", "redis://:secret@one,two",
                                "regions", "users,Users,users",
                                "name", "n".repeat(129))
                        .read(PublisherSettings::read))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("""
                        redis.uri: must name one server; several go with redis-sentinel:// or redis-cluster:// \
                        (from flag --set redis.uri)
                        name: must be at most 128 bytes of UTF-8, not 129 (from flag --set name)
                        await.timeout: must not be longer than await.maximum-timeout, 10s, but is 20s \
                        (from flag --set await.timeout)
                        queue.maximum-bytes: must not be less than http.maximum-body, 1MiB, and http.maximum-line, 2MiB \
                        (from flag --set queue.maximum-bytes)
                        regions: must match [a-z0-9][a-z0-9._-]{0,63}, not "Users" (from flag --set regions)
                        regions: must not repeat "users" (from flag --set regions)""");
    }

    @Test
    void anAuditsTruthIsAtAnAddressOrInTheDatabaseOfASource() {
        PublisherSettings settings = Configuration.of(
                        "audit.truth.users.keys", "user:{id}",
                        "audit.truth.users.url", "http://app:8080/users/{id}",
                        "audit.truth.orders.keys", "order:{id}",
                        "audit.truth.orders.source", "shop",
                        "audit.truth.orders.query", "SELECT body FROM orders WHERE id = {id}",
                        "sources.shop.kind", "outbox",
                        "sources.shop.uri", "jdbc:postgresql://db/shop?password=secret")
                .read(PublisherSettings::read);

        assertThat(settings.audit().isOn()).isTrue();
        assertThat(settings.audit().after())
                .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofMinutes(1));
        assertThat(settings.audit().truths()).hasEntrySatisfying("orders", truth -> assertThat(truth.database())
                .isEqualTo(settings.sources().get(0).database()));
        assertThat(settings.toString()).doesNotContain("secret");
        assertThat(Configuration.of().read(PublisherSettings::read).audit().isOn())
                .isFalse();
    }

    @Test
    void aWrongAuditIsAFault() {
        assertThatThrownBy(() -> Configuration.of(
                                "audit.sample", "2",
                                "audit.after", "10s,1s",
                                "audit.truth.users.keys", "user:{id}",
                                "audit.truth.users.url", "http://app/{name}",
                                "audit.truth.orders.keys", "order:{id}",
                                "audit.truth.orders.source", "nowhere",
                                "audit.truth.orders.query", "SELECT 1",
                                "audit.truth.carts.keys", "cart:{id}")
                        .read(PublisherSettings::read))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("""
                        audit.sample: must be from 0 to 1, not 2 (from flag --set audit.sample)
                        audit.after: must be positive and ascending, like 1s, 10s, 60s (from flag --set audit.after)
                        audit.truth.users.url: must use names of the pattern (id, key), not name \
                        (from flag --set audit.truth.users.url)
                        audit.truth.orders.query: must name a part of the key in braces, like \
                        SELECT body FROM users WHERE id = {id} (from flag --set audit.truth.orders.query)
                        audit.truth.orders.source: must name one of sources that reads a database \
                        (from flag --set audit.truth.orders.source)
                        audit.truth.carts.url: must be given, or source and query; not both""");
    }

    @Test
    void requestsInFlightGetAtMostHalfOfTheHeap() {
        long halfMebibytes = (Runtime.getRuntime().maxMemory() / 2) >> 20;

        assertThatThrownBy(() -> queueOf(halfMebibytes + 1))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("queue.maximum-bytes: must be at most half of the heap, "
                        + Units.formatBytes(halfMebibytes << 20)
                        + "; give the process more (-Xmx) (from flag --set queue.maximum-bytes)");
        assertThat(queueOf(halfMebibytes).queueMaximumBytes()).isEqualTo(halfMebibytes << 20);
    }

    private static PublisherSettings queueOf(long mebibytes) {
        return Configuration.of("queue.maximum-bytes", mebibytes + "MiB").read(PublisherSettings::read);
    }

    @Test
    void thereIsNoConsoleUnlessItsPortIsSet() {
        assertThat(Configuration.of("console.show-keys", "*")
                        .read(PublisherSettings::read)
                        .console())
                .isNull();
        ConsoleSettings console = Configuration.of("console.port", "8702", "console.show-keys", "users,product-*")
                .read(PublisherSettings::read)
                .console();
        assertThat(console).isNotNull();
        assertThat(console.port().host()).isEqualTo("127.0.0.1");
        assertThat(console.port().servesPages()).isTrue();
        assertThat(console.showsKeysOf("users")).isTrue();
        assertThat(console.showsKeysOf("product-1")).isTrue();
        assertThat(console.showsKeysOf("orders")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, '', '', true",
        "10.1.2.3, '', '', true",
        "0.0.0.0, tokens, '', false",
        "0.0.0.0, '', tls, false",
        "::1, '', '', false",
        "localhost, '', '', false"
    })
    void aConsoleThatStrangersReachNeedsTokensOrTls(String host, String tokens, String tls, boolean isRefused) {
        List<String> settings = new ArrayList<>(List.of("console.port", "8702", "console.host", host));
        if (!tokens.isEmpty()) {
            settings.addAll(List.of("console.tokens-file", tokens));
        }
        if (!tls.isEmpty()) {
            settings.addAll(List.of("console.tls.certificate", tls, "console.tls.key", tls));
        }
        Configuration configuration = Configuration.of(settings.toArray(String[]::new));
        if (isRefused) {
            assertThatThrownBy(() -> configuration.read(PublisherSettings::read))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(
                            "console.host: must be a loopback address, as in 127.0.0.1, or come with console.tokens-file");
        } else {
            assertThat(configuration.read(PublisherSettings::read).console()).isNotNull();
        }
    }
}
