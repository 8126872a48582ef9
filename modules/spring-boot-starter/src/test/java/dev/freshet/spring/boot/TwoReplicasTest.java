package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.testkit.RedisServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;

/** An application as Boot starts it, twice: everything on the class path configures itself. */
class TwoReplicasTest {

    /** Not emptied between tests, which would begin new logs: each test has its own rows. */
    @SuppressWarnings("NullAway.Init") // set before all tests
    private static RedisServer redis;

    private static final Map<Integer, String> DATABASE = new ConcurrentHashMap<>();

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static ConfigurableApplicationContext one;

    @SuppressWarnings("NullAway.Init") // set before all tests
    private static ConfigurableApplicationContext two;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableCaching
    static class Application {
        @Bean
        Users users() {
            return new Users();
        }
    }

    static class Users {
        @Cacheable("users")
        public String find(int id) {
            return DATABASE.getOrDefault(id, "nobody");
        }

        @CachePut(
                cacheNames = {"users", "through"},
                key = "#id")
        public String replace(int id, String name) {
            DATABASE.put(id, name);
            return name;
        }

        @CacheEvict(cacheNames = "users", key = "#id")
        public void rename(int id, String name) {
            DATABASE.put(id, name);
        }
    }

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        one = replica();
        two = replica();
    }

    private static ConfigurableApplicationContext replica() {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "freshet.redis.uri=" + redis.uri(),
                        "freshet.caches.users.maximum-entries=100",
                        "freshet.caches.through.write-through=true",
                        "freshet.timeout=20s",
                        "management.endpoints.web.exposure.include=freshet",
                        "spring.threads.virtual.enabled=true",
                        "spring.main.banner-mode=off")
                .run();
    }

    @AfterAll
    static void stop() {
        SpringApplication.exit(one);
        SpringApplication.exit(two);
        redis.close();
    }

    private static Users users(ConfigurableApplicationContext replica) {
        return replica.getBean(Users.class);
    }

    @Test
    void whatOneEvictsTheOtherReadsAnew() {
        await().until(() -> one.getBean(Freshet.class).ready().isDone()
                && two.getBean(Freshet.class).ready().isDone());
        DATABASE.put(1, "Ada");
        assertThat(users(one).find(1)).isEqualTo("Ada");
        assertThat(users(two).find(1)).isEqualTo("Ada");
        DATABASE.put(1, "unseen");
        assertThat(users(two).find(1)).as("what is cached").isEqualTo("Ada");

        users(one).rename(1, "Grace");

        assertThat(users(one).find(1)).isEqualTo("Grace");
        await().untilAsserted(() -> assertThat(users(two).find(1)).isEqualTo("Grace"));
    }

    @Test
    void aPutIsKeptWhereWriteThroughIsSetAndNowhereElse() {
        await().until(() -> one.getBean(Freshet.class).ready().isDone());

        users(one).replace(2, "Ada");

        CacheManager caches = one.getBean(CacheManager.class);
        assertThat(Objects.requireNonNull(caches.getCache("through")).get(2, String.class))
                .isEqualTo("Ada");
        assertThat(Objects.requireNonNull(caches.getCache("users")).get(2)).isNull();
    }

    /** On a Java that has them; on an older one Boot ignores the property. */
    @Test
    void manyThreadsOfBootsExecutorLoadAtOnce() throws Exception {
        await().until(() -> one.getBean(Freshet.class).ready().isDone());
        AsyncTaskExecutor executor = one.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
        boolean isVirtual = executor.submit(
                        () -> Thread.currentThread().toString().startsWith("VirtualThread"))
                .get();
        assertThat(isVirtual).isEqualTo(Runtime.version().feature() >= 21);

        var reads = java.util.stream.IntStream.range(0, 200)
                .mapToObj(i -> executor.submit(() -> users(one).find(1_000 + i % 20)))
                .toList();

        for (var read : reads) {
            assertThat(read.get()).isEqualTo("nobody");
        }
    }

    @Test
    void everyPartIsThere() {
        assertThat(one.containsBean("freshetHealthIndicator")).isTrue();
        assertThat(one.containsBean("freshetMetrics")).isTrue();
        MeterRegistry registry = one.getBean(MeterRegistry.class);
        assertThat(registry.get("freshet.client.logged").meter()).isNotNull();
        for (String name : List.of("stores.without.lease", "untracked.loads", "evictions.failed")) {
            assertThat(registry.get("freshet.spring." + name).functionCounter().count())
                    .isZero();
        }
        assertThat(one.getBean(FreshetEndpoint.class).region("users")).isNotNull();
    }
}
