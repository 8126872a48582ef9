package dev.freshet.service.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application reads what its configuration says, and hears all faults of it at once. */
final class ConfigurationTest {

    @TempDir
    @Nullable
    Path folder;

    enum Policy {
        SERVE,
        BY_PASS
    }

    record Region(OptionalLong maximumEntries, long maximumBytes, Policy policy, Duration after) {
        static Region read(Settings settings) {
            Settings unconfirmed = settings.section("unconfirmed");
            return new Region(
                    settings.optionalNumber("maximum-entries", 1, 1_000_000, "entries at most"),
                    settings.bytes("maximum-bytes", 64L << 20, 1, 1L << 40, "bytes at most"),
                    unconfirmed.choice("policy", Policy.SERVE, "what to do"),
                    unconfirmed.duration(
                            "after", Duration.ofSeconds(2), Duration.ofMillis(1), Duration.ofHours(1), "how long"));
        }
    }

    record Example(String uri, int port, Optional<Duration> pause, List<String> names, Map<String, Region> regions) {
        static Example read(Settings settings) {
            return new Example(
                    settings.section("redis")
                            .text("uri", "redis://localhost", "an address", Example::faultInUri, "where Redis is"),
                    settings.section("http").integer("port", 8700, 0, 65_535, "the port"),
                    settings.section("http")
                            .optionalDuration("pause", Duration.ZERO, Duration.ofDays(1), "how long to wait"),
                    settings.texts("names", "names", name -> name.length() > 5 ? "must be short" : null, "names"),
                    settings.map(
                            "regions",
                            key -> key.equals("BAD") ? "must be lower case" : null,
                            (key, section) -> Region.read(section)));
        }

        private static @Nullable String faultInUri(String uri) {
            return uri.startsWith("redis://") ? null : "must begin with redis://";
        }
    }

    @Test
    void everythingHasADefault() {
        assertThat(Configuration.of().read(Example::read))
                .isEqualTo(new Example("redis://localhost", 8700, Optional.empty(), List.of(), Map.of()));
    }

    @Test
    void flagsOverrideTheEnvironmentWhichOverridesTheFile() throws IOException {
        Path file = write("""
                redis: { uri: redis://file }
                http: { port: 1, pause: 10m }
                names: [a, b]
                regions:
                  my-users:
                    maximum-entries: 1_000
                    unconfirmed: { policy: by-pass, after: PT0.5S }
                  products:
                """);
        Map<String, String> environment = Map.of(
                "FRESHET_HTTP_PORT", "2",
                "FRESHET_REDIS_URI", "redis://environment",
                "FRESHET_REGIONS_MY_USERS_MAXIMUM_BYTES", "1GiB",
                "FRESHET_REGIONS_ORDERS_UNCONFIRMED_AFTER", "3s",
                "FRESHET_CONFIG", "ignored here",
                "PATH", "/bin");
        List<Configuration.Flag> flags = List.of(
                new Configuration.Flag("http.port", "3", "--http-port"),
                new Configuration.Flag("regions.products.maximum-entries", "7", "--set"));

        Example example = new Configuration(file, "", environment, flags, List.of()).read(Example::read);

        assertThat(example.port()).isEqualTo(3);
        assertThat(example.uri()).isEqualTo("redis://environment");
        assertThat(example.pause()).contains(Duration.ofMinutes(10));
        assertThat(example.names()).containsExactly("a", "b");
        assertThat(example.regions().keySet()).containsExactly("my-users", "products", "orders");
        assertThat(example.regions().get("my-users"))
                .isEqualTo(new Region(OptionalLong.of(1000), 1L << 30, Policy.BY_PASS, Duration.ofMillis(500)));
        assertThat(example.regions().get("products"))
                .isEqualTo(new Region(OptionalLong.of(7), 64L << 20, Policy.SERVE, Duration.ofSeconds(2)));
        assertThat(example.regions().get("orders"))
                .isEqualTo(new Region(OptionalLong.empty(), 64L << 20, Policy.SERVE, Duration.ofSeconds(3)));
    }

    @Test
    void everyFaultIsNamedAtOnceWithWhereItCameFrom() throws IOException {
        Path file = write("""
                redis: { uri: "memcached://user:hunter2@host" }
                http:
                  port: 99999
                  pauze: 1s
                  port: 4
                names: [a, toolong, a, { b: c }]
                htpp: { port: 1 }
                http.pause: 3s
                regions:
                  users: 7
                  BAD:
                    maximum-entries: 0
                    unconfirmed: { policy: maybe, after: soon }
                  big: { maximum-bytes: 1TB, maximum-entries: [1] }
                """);
        Map<String, String> environment = Map.of("FRESHET_HTTP_PROT", "1", "FRESHET_HTTP_PAUSE", "-1s");
        List<Configuration.Flag> flags = List.of(new Configuration.Flag("reids.uri", "x", "--set reids.uri"));

        assertThat(faultsOf(new Configuration(file, "", environment, flags, List.of())))
                .containsExactlyInAnyOrder(
                        "http.port: must be given once, but is repeated (from test.yaml, line 5)",
                        "redis.uri: must begin with redis:// (from test.yaml, line 1)",
                        "http.port: must be 0 to 65535, not 99999 (from test.yaml, line 3)",
                        "http.pause: must be a duration like 500ms, 2s, 10m or PT0.5S, not \"-1s\""
                                + " (from environment FRESHET_HTTP_PAUSE)",
                        "http.pauze: is not a setting; did you mean http.pause? (from test.yaml, line 4)",
                        "names[1]: must be short (from test.yaml, line 6)",
                        "names[2]: must not repeat \"a\" (from test.yaml, line 6)",
                        "names[3]: must be a text, not a section or a list (from test.yaml, line 6)",
                        "htpp: is not a setting; did you mean http? (from test.yaml, line 7)",
                        "http.pause: must be nested, as in \"http: { pause: … }\" (from test.yaml, line 8)",
                        "regions.users: must be a section of settings, not a single value or a list"
                                + " (from test.yaml, line 10)",
                        "regions.BAD: must be lower case (from test.yaml, line 12)",
                        "regions.BAD.maximum-entries: must be 1 to 1000000, not 0 (from test.yaml, line 12)",
                        "regions.BAD.unconfirmed.policy: must be serve or by-pass, not \"maybe\""
                                + " (from test.yaml, line 13)",
                        "regions.BAD.unconfirmed.after: must be a duration like 500ms, 2s, 10m or PT0.5S, not \"soon\""
                                + " (from test.yaml, line 13)",
                        "regions.big.maximum-bytes: must be a size like 64MiB, 1GB or 512, not \"1TB\""
                                + " (from test.yaml, line 14)",
                        "regions.big.maximum-entries: must be a single value, not a section or a list"
                                + " (from test.yaml, line 14)",
                        "FRESHET_HTTP_PROT: does not name a setting; did you mean FRESHET_HTTP_PORT?"
                                + " (from the environment)",
                        "reids.uri: is not a setting; did you mean redis.uri? (from flag --set reids.uri)");
    }

    @Test
    void whatKubernetesSetsForServicesIsNotAFault() {
        Map<String, String> links = Map.of(
                "FRESHET_PUBLISHER_SERVICE_HOST", "10.0.0.1",
                "FRESHET_PUBLISHER_SERVICE_PORT", "8700",
                "FRESHET_PUBLISHER_SERVICE_PORT_HTTP", "8700",
                "FRESHET_PUBLISHER_PORT", "tcp://10.0.0.1:8700",
                "FRESHET_PUBLISHER_PORT_8700_TCP", "tcp://10.0.0.1:8700",
                "FRESHET_PUBLISHER_PORT_8700_TCP_PROTO", "tcp",
                "FRESHET_PUBLISHER_PORT_8700_TCP_PORT", "8700",
                "FRESHET_PUBLISHER_PORT_8700_TCP_ADDR", "10.0.0.1",
                "FRESHET_HTTP_PORT", "tcp://10.0.0.2:80");

        Example example = new Configuration(null, "", links, List.of(), List.of()).read(Example::read);

        assertThat(example.port()).isEqualTo(8700);
    }

    @Test
    void aVariableThatMayMeanTwoEntriesIsAFault() throws IOException {
        Path file = write("regions: { a-b: {}, a.b: {} }");

        assertThat(faultsOf(new Configuration(
                        file, "", Map.of("FRESHET_REGIONS_A_B_MAXIMUM_ENTRIES", "3"), List.of(), List.of())))
                .containsExactly(
                        "regions.a-b: is spelled like a.b in a variable's name; set it in the file or with --set"
                                + " (from environment FRESHET_REGIONS_A_B_MAXIMUM_ENTRIES)");
    }

    @Test
    void noSecretIsQuoted() throws IOException {
        Path broken = write("redis:\n  uri: redis://:hunter2@host\n   bad: [");
        Configuration configuration = new Configuration(
                broken,
                "",
                Map.of("FRESHET_REDIS_URI", "tls://:hunter2@host"),
                List.of(new Configuration.Flag("redis.url", "redis://:hunter2@host", "--set redis.url")),
                List.of());

        assertThat(faultsOf(configuration))
                .hasSize(3)
                .anyMatch(fault -> fault.startsWith("config: is not well-formed YAML (from test.yaml, line "))
                .noneMatch(fault -> fault.contains("hunter2"));
        assertThat(configuration.flags()).asString().doesNotContain("hunter2");
    }

    @Test
    void aFileThatCannotBeReadIsAFault() throws IOException {
        Path file = write("");
        Path absent = file.resolveSibling("absent.yaml");
        assertThat(faultsOf(new Configuration(absent, "from flag --config", Map.of(), List.of(), List.of())))
                .containsExactly("config: must name a file, but " + absent + " does not exist (from flag --config)");

        Files.write(file, new byte[] {(byte) 0xC3, 0x28});
        assertThat(faultsOf(new Configuration(file, "from flag --config", Map.of(), List.of(), List.of())))
                .containsExactly("config: must be UTF-8, but " + file + " is not (from flag --config)");

        Files.writeString(file, "just a text");
        assertThat(faultsOf(new Configuration(file, "", Map.of(), List.of(), List.of())))
                .containsExactly("config: must hold settings, as in \"http: { port: 8700 }\" (from test.yaml, line 1)");
    }

    @Test
    void settingsDescribeThemselves() {
        assertThat(Configuration.describe(Example::read))
                .contains(
                        new Setting("http.port", "0 to 65535", "8700", "the port"),
                        new Setting("regions.<name>.unconfirmed.policy", "serve or by-pass", "serve", "what to do"),
                        new Setting("regions.<name>.maximum-bytes", "a size, 1 to 1024GiB", "64MiB", "bytes at most"));
        assertThat(new Setting("regions.<name>.maximum-bytes", "", "", "").environmentName())
                .isEqualTo("FRESHET_REGIONS_NAME_MAXIMUM_BYTES");
    }

    private static List<String> faultsOf(Configuration configuration) {
        ConfigurationException fault =
                catchThrowableOfType(ConfigurationException.class, () -> configuration.read(Example::read));
        return fault.faults().stream().map(ConfigurationFault::toString).toList();
    }

    private Path write(String yaml) throws IOException {
        assertThat(folder).isNotNull();
        return Files.writeString(folder.resolve("test.yaml"), yaml);
    }
}
