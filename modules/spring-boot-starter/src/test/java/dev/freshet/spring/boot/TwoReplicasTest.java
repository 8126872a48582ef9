package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.testkit.RedisExtension;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.util.ClassUtils;

/** An application as Boot starts it, twice: everything on the class path configures itself. */
class TwoReplicasTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

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

        @CacheEvict(cacheNames = "users", key = "#id")
        public void rename(int id, String name) {
            DATABASE.put(id, name);
        }
    }

    @BeforeAll
    static void start() {
        one = replica();
        two = replica();
    }

    private static ConfigurableApplicationContext replica() {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "freshet.redis.uri=" + REDIS.uri(),
                        "freshet.caches.users.maximum-entries=100",
                        "freshet.timeout=20s",
                        "spring.threads.virtual.enabled=true",
                        "spring.main.banner-mode=off")
                .run();
    }

    @AfterAll
    static void stop() {
        SpringApplication.exit(one);
        SpringApplication.exit(two);
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
        assertThat(ClassUtils.isPresent("org.springframework.boot.actuate.endpoint.annotation.Endpoint", null))
                .isTrue();
    }
}
