package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.freshet.FreshetConfig;
import dev.freshet.OnFailure;
import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.testkit.TestCertificates;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** Every property: its name, its default, what it changes, and what is said if it is wrong. */
class FreshetPropertiesTest {

    private final ApplicationContextRunner runner =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(FreshetAutoConfiguration.class));

    private void configured(Consumer<FreshetConfig> assertions, String... properties) {
        runner.withPropertyValues(properties).run(context -> {
            assertThat(context).hasNotFailed();
            assertions.accept(context.getBean(FreshetConfig.class));
        });
    }

    @Test
    void theDefaultsAreThoseOfTheClient() {
        FreshetConfig expected = FreshetConfig.of("redis://127.0.0.1:6379").withName("here");
        configured(config -> assertThat(config).isEqualTo(expected), "freshet.name=here");
    }

    @Test
    void everyPropertyChangesWhatItNames() {
        configured(
                config -> {
                    assertThat(config.redis().uri()).isEqualTo("redis://127.0.0.1:1/3");
                    assertThat(config.redis().namespace()).isEqualTo("shop");
                    assertThat(config.redis().connectTimeout()).isEqualTo(Duration.ofMillis(300));
                    assertThat(config.redis().commandTimeout()).isEqualTo(Duration.ofMillis(400));
                    assertThat(config.subscriber().heartbeat()).isEqualTo(Duration.ofMillis(250));
                    assertThat(config.publisher().name()).isEqualTo("here");
                    assertThat(config.publisher().logMaximumRecords()).isEqualTo(1_000);
                    assertThat(config.publisher().logMaximumBytes()).isEqualTo(8 << 20);
                    assertThat(config.publisher().broadMaximumEntries()).isEqualTo(50);
                    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(config.onFailure()).isEqualTo(OnFailure.THROW);
                    assertThat(config.queueMaximumChanges()).isEqualTo(7);
                    assertThat(config.closeTimeout()).isEqualTo(Duration.ofSeconds(5));
                },
                "freshet.redis.uri=redis://127.0.0.1:1/3",
                "freshet.redis.namespace=shop",
                "freshet.redis.connect-timeout=300ms",
                "freshet.redis.command-timeout=400ms",
                "freshet.heartbeat=250ms",
                "freshet.name=here",
                "freshet.log.maximum-records=1000",
                "freshet.log.maximum-bytes=8MB",
                "freshet.broad.maximum-entries=50",
                "freshet.timeout=3s",
                "freshet.on-failure=throw",
                "freshet.queue-maximum-changes=7",
                "freshet.close-timeout=5s");
    }

    @Test
    void credentialsOfRedisAndOfSentinels() {
        configured(
                config -> {
                    assertThat(credentials(config.redis().servers())).isEqualTo("app/secret");
                    assertThat(credentials(config.redis().sentinels())).isEqualTo("null/of sentinels");
                },
                "freshet.redis.uri=redis-sentinel://127.0.0.1:1/main",
                "freshet.redis.username=app",
                "freshet.redis.password=secret",
                "freshet.redis.sentinel.password=of sentinels");
    }

    private static String credentials(@Nullable RedisAccess access) {
        var asked = access == null ? null : access.credentials();
        return asked == null
                ? "none"
                : asked.get().username() + "/" + asked.get().password();
    }

    // ---- spring.data.redis

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            host=h                                                            | redis://h:6379/0                            | none
            host=h,port=7,database=2,password=p                               | redis://h:7/2                               | null/p
            host=::1                                                          | redis://[::1]:6379/0                        | none
            host=h,username=u,password=p,ssl.enabled=true                     | rediss://h:6379/0                           | u/p
            url=redis://u:p%40@h:7/4                                          | redis://h:7/4                               | u/p@
            url=rediss://:p@h,host=ignored,database=5                         | rediss://h/5                                | null/p
            url=redis://p@h                                                   | redis://h/0                                 | null/p
            url=redis://h,username=u,password=p                               | redis://h/0                                 | u/p
            url=redis://h,ssl.enabled=true                                    | rediss://h/0                                | none
            url=redis://h,sentinel.master=m,sentinel.nodes=a:1                | redis://h/0                                 | none
            sentinel.master=m,sentinel.nodes=a:1,cluster.nodes=b:1            | redis-sentinel://a:1/m/0                    | none
            sentinel.master=m,sentinel.nodes=a:1;b:2,database=1,password=p    | redis-sentinel://a:1,b:2/m/1                | null/p
            sentinel.master=m,sentinel.nodes=a:1,ssl.enabled=true             | rediss-sentinel://a:1/m/0                   | none
            cluster.nodes=a:1;b:2                                             | redis-cluster://a:1,b:2                     | none
            """)
    void withoutAnAddressOfOursThatOfSpringIsTaken(String properties, String uri, String credentials) {
        String[] values = java.util.Arrays.stream(properties.split(",", -1))
                .map(value -> "spring.data.redis." + value.replace(';', ','))
                .toArray(String[]::new);
        configured(
                config -> {
                    assertThat(config.redis().uri()).isEqualTo(uri);
                    assertThat(credentials(config.redis().servers())).isEqualTo(credentials);
                },
                values);
    }

    @Test
    void credentialsOfSpringsSentinelsAreTaken() {
        configured(
                config -> {
                    assertThat(credentials(config.redis().servers())).isEqualTo("none");
                    assertThat(credentials(config.redis().sentinels())).isEqualTo("u/of sentinels");
                },
                "spring.data.redis.sentinel.master=m",
                "spring.data.redis.sentinel.nodes=a:1",
                "spring.data.redis.sentinel.username=u",
                "spring.data.redis.sentinel.password=of sentinels");
    }

    /** Each property that names a bundle: the scheme of the address, and whether servers and Sentinels have its sockets. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            freshet.redis.tls.bundle=ours,freshet.redis.uri=rediss://h                         | rediss://h                | true  | false
            freshet.redis.sentinel.tls.bundle=ours,freshet.redis.uri=rediss-sentinel://a:1/m   | rediss-sentinel://a:1/m   | false | true
            spring.data.redis.ssl.bundle=ours                                                  | rediss://localhost:6379/0 | true  | false
            spring.data.redis.ssl.bundle=ours,spring.data.redis.ssl.enabled=false              | redis://localhost:6379/0  | false | false
            spring.data.redis.url=redis://h,spring.data.redis.ssl.bundle=ours                  | rediss://h/0              | true  | false
            """)
    void anSslBundleGivesTheSockets(
            String properties, String uri, boolean ofServers, boolean ofSentinels, @TempDir Path folder) {
        TestCertificates certificates = TestCertificates.in(folder);
        runner.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
                .withPropertyValues("spring.ssl.bundle.pem.ours.truststore.certificate="
                        + certificates.ca().toUri())
                .withPropertyValues(properties.split(",", -1))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    RedisConfig redis = context.getBean(FreshetConfig.class).redis();
                    RedisAccess sentinels = redis.sentinels();
                    assertThat(redis.uri()).isEqualTo(uri);
                    assertThat(redis.servers().tls() != null).isEqualTo(ofServers);
                    assertThat(sentinels != null && sentinels.tls() != null).isEqualTo(ofSentinels);
                });
    }

    @Test
    void anAddressOfOursWinsAndCredentialsOfOursAreForEither() {
        configured(
                config -> {
                    assertThat(config.redis().uri()).isEqualTo("redis://ours:1");
                    assertThat(credentials(config.redis().servers())).isEqualTo("none");
                },
                "freshet.redis.uri=redis://ours:1",
                "spring.data.redis.host=theirs",
                "spring.data.redis.password=theirs");
        configured(
                config -> {
                    assertThat(config.redis().uri()).isEqualTo("redis://theirs:6379/0");
                    assertThat(credentials(config.redis().servers())).isEqualTo("freshet/ours");
                },
                "spring.data.redis.host=theirs",
                "spring.data.redis.password=theirs",
                "freshet.redis.username=freshet",
                "freshet.redis.password=ours");
    }

    @Test
    void whatElseSpringSaysAboutItsClientsIsLeftToThem() {
        configured(
                config -> assertThat(config.redis().commandTimeout()).isEqualTo(Duration.ofSeconds(2)),
                "spring.data.redis.host=h",
                "spring.data.redis.timeout=1ms",
                "spring.data.redis.lettuce.pool.max-active=3");
    }

    // ---- What is wrong

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            freshet.redis.uri=127.0.0.1:6379                  | freshet.redis.uri: must be an address like
            freshet.redis.uri=http://h                        | freshet.redis.uri: must begin with redis://
            freshet.redis.namespace=UPPER                     | freshet.redis.namespace:
            freshet.heartbeat=1ms                             | freshet.heartbeat: heartbeat must be at least 10 ms, but is PT0.001S
            freshet.timeout=0ms                               | freshet.timeout: timeout must be at least 1 ms
            freshet.queue-maximum-changes=0                   | freshet.queue-maximum-changes:
            freshet.close-timeout=-1s                         | freshet.close-timeout:
            freshet.log.maximum-records=0                     | freshet.log:
            freshet.broad.maximum-entries=-1                  | freshet.broad.maximum-entries:
            freshet.redis.tls.certificate=/c.pem              | freshet.redis.tls:
            freshet.redis.tls.bundle=absent                   | freshet.redis.tls.bundle: there are no SSL bundles
            spring.data.redis.url=nonsense                    | spring.data.redis.url: must be an address like
            spring.data.redis.sentinel.master=m               | spring.data.redis: must name servers
            """)
    void aWrongPropertyEndsTheStartWithASentenceThatNamesIt(String property, String sentence) {
        runner.withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            assertThat(analysis(context.getStartupFailure()).getDescription()).startsWith(sentence);
        });
    }

    @Test
    void allFaultsAreSaidAtOnceAndNoPasswordIsQuoted() {
        runner.withPropertyValues(
                        "freshet.redis.uri=redis://secret@host",
                        "freshet.timeout=0ms",
                        "freshet.queue-maximum-changes=-3")
                .run(context -> {
                    Throwable failure = context.getStartupFailure();
                    assertThat(analysis(failure).getDescription().lines())
                            .hasSize(3)
                            .allMatch(line -> line.startsWith("freshet."));
                    assertThat(failure).hasStackTraceContaining("freshet.timeout");
                    assertThat(org.assertj.core.util.Throwables.getStackTrace(failure))
                            .doesNotContain("secret");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            freshet.timeout=soon                    | freshet.timeout: must be a time such as 500ms, 10s or 5m, but is "soon"
            freshet.enabled=perhaps                 | freshet.enabled: must be true or false, but is "perhaps"
            freshet.on-failure=retry                | freshet.on-failure: must be queue or throw, but is "retry"
            freshet.queue-maximum-changes=many      | freshet.queue-maximum-changes: must be a whole number, but is "many"
            freshet.log.maximum-bytes=big           | freshet.log.maximum-bytes: must be a size such as 64MB, but is "big"
            freshet.caches.users.maximum-entries=1k | freshet.caches.users.maximum-entries: must be a whole number, but is "1k"
            freshet.caches.users.absences=x         | freshet.caches.users.absences: must be a time such as 500ms, 10s or 5m, but is "x"
            freshet.defaults.unconfirmed.policy=no  | freshet.defaults.unconfirmed.policy: must be serve or bypass, but is "no"
            freshet.redis.url=secret                | freshet.redis.url: there is no such property: correct or remove it
            freshet.timeouts=secret                 | freshet.timeouts: there is no such property: correct or remove it
            freshet.redis.sentinel.name=secret      | freshet.redis.sentinel.name: there is no such property: correct or remove it
            freshet.redis.pasword=secret            | freshet.redis.pasword: there is no such property: correct or remove it
            freshet.caches.users.ttl=secret         | freshet.caches.users.ttl: there is no such property: correct or remove it
            """)
    void aValueOfTheWrongTypeOrAnUnknownNameEndsTheStartWithASentenceThatNamesIt(String property, String sentence) {
        runner.withPropertyValues(property).run(context -> {
            assertThat(context).hasFailed();
            String description = firstAnalysis(context.getStartupFailure()).getDescription();
            assertThat(description.lines()).singleElement().asString().startsWith(sentence);
            assertThat(description).doesNotContain("secret");
        });
    }

    @Test
    void whatIsWrongElsewhereIsLeftToBoot() {
        Binder binder = new Binder(new MapConfigurationPropertySource(Map.of("freshets.timeout", "soon")));
        assertThatExceptionOfType(BindException.class)
                .isThrownBy(() -> binder.bind("freshets.timeout", Duration.class))
                .satisfies(fault -> assertThat(new FreshetBindFailureAnalyzer().analyze(fault))
                        .isNull());
    }

    /** As Boot does: the first of all analyzers, in their order, that knows the fault. */
    private static FailureAnalysis firstAnalysis(@Nullable Throwable failure) {
        assertThat(failure).isNotNull();
        return SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, SpringFactoriesLoader.FailureHandler.handleMessage((message, fault) -> {}))
                .stream()
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void secretsAreInNoText() {
        configured(
                config -> assertThat(config.toString() + config.redis()).doesNotContain("secret"),
                "freshet.redis.password=secret",
                "freshet.redis.uri=redis://:secret@127.0.0.1:1");
        runner.withPropertyValues(
                        "freshet.redis.uri=redis://:secret@127.0.0.1:1",
                        "freshet.redis.password=secret",
                        "freshet.redis.sentinel.password=secret",
                        "spring.data.redis.password=secret",
                        "spring.data.redis.url=redis://u:secret@h")
                .run(context -> {
                    assertThat(context.getBean(FreshetProperties.class).toString())
                            .doesNotContain("secret");
                    SpringRedis spring =
                            SpringRedis.in(context.getEnvironment()).orElseThrow();
                    assertThat(spring.toString() + spring.target()).doesNotContain("secret");
                });
    }

    private static FailureAnalysis analysis(@Nullable Throwable failure) {
        assertThat(failure).isNotNull();
        FailureAnalysis analysis = new FreshetFailureAnalyzer().analyze(failure);
        assertThat(analysis).as("analysis of %s", failure).isNotNull();
        return analysis;
    }
}
