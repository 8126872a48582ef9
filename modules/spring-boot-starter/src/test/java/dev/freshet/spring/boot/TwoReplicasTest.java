package dev.freshet.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.cache.ValueCodec;
import dev.freshet.testkit.RedisServer;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
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

        @Bean
        FreshetCacheCustomizer tier() {
            return new FreshetCacheCustomizer() {
                @Override
                public RegionOptions<Object> region(String cache, RegionOptions<Object> options) {
                    return cache.equals("tiered") ? options.tier(TEXT, Duration.ofMinutes(1)) : options;
                }
            };
        }
    }

    private static final ValueCodec<Object> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(Object value) {
            return value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    /** Holds loads. */
    private static final class Held {
        private final AtomicInteger waiting = new AtomicInteger();
        private final CountDownLatch latch = new CountDownLatch(1);

        void hold() {
            waiting.incrementAndGet();
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        int waiting() {
            return waiting.get();
        }

        void release() {
            latch.countDown();
        }
    }

    static class Users {
        private static final Held HELD = new Held();

        @Cacheable("users")
        public String findHeld(int id) {
            HELD.hold();
            return DATABASE.getOrDefault(id, "nobody");
        }

        @Cacheable(cacheNames = "users", sync = true)
        public String findHeldSync(int id) {
            HELD.hold();
            return DATABASE.getOrDefault(id, "nobody");
        }

        @Cacheable("tiered")
        public CompletableFuture<String> findThread(int id) {
            return CompletableFuture.completedFuture(Thread.currentThread().toString());
        }

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
                        "freshet.caches.users.maximum-entries=1000",
                        "freshet.caches.tiered.maximum-entries=100",
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

    // ---- Threads: virtual ones where Java has them; on an older Java Boot ignores the property

    private static final boolean HAS_VIRTUAL_THREADS = Runtime.version().feature() >= 21;

    private static AsyncTaskExecutor executorOfBoot() {
        return one.getBean("applicationTaskExecutor", AsyncTaskExecutor.class);
    }

    /** More of them than a machine has processors: one that holds its processor while it waits would hold up all. */
    @Test
    void loadsThatWaitHoldUpNobody() throws Exception {
        await().until(() -> one.getBean(Freshet.class).ready().isDone());
        int callers = 400;
        Users users = users(one);
        List<Future<String>> reads = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            int id = 1_000 + i;
            reads.add(executorOfBoot().submit(() -> id % 2 == 0 ? users.findHeld(id) : users.findHeldSync(id)));
        }
        await().until(() -> Users.HELD.waiting() == (HAS_VIRTUAL_THREADS ? callers : 8));

        DATABASE.put(3, "Ada");
        assertThat(users.find(3)).isEqualTo("Ada");
        users.rename(3, "Grace");
        assertThat(users.find(3)).isEqualTo("Grace");

        Users.HELD.release();
        for (Future<String> read : reads) {
            assertThat(read.get()).isEqualTo("nobody");
        }
    }

    /** A method that is called after the tier has answered, which is not always too late for the caller's thread. */
    @Test
    void whatIsCalledLaterIsCalledByBootsExecutor() {
        await().until(() -> one.getBean(Freshet.class).ready().isDone());
        AtomicInteger ids = new AtomicInteger();

        await().untilAsserted(() -> {
            String thread = users(one).findThread(ids.incrementAndGet()).join();
            assertThat(thread).contains("task-");
            assertThat(thread.startsWith("VirtualThread")).isEqualTo(HAS_VIRTUAL_THREADS);
        });
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
