package dev.freshet.benchmarks.inner;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.benchmarks.process.RedisProcess;
import dev.freshet.spring.FreshetCacheManager;
import dev.freshet.spring.FreshetCacheOptions;
import dev.freshet.spring.FreshetCachingConfiguration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.caffeine.CaffeineCacheManager;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Measures hits of a proxied {@code @Cacheable} method: Freshet's cache manager, with a real Redis, beside Spring's for Caffeine with the same
 * settings. Each process has one of them, as an application has.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SpringBenchmark {

    private static final int ENTRIES = 8_192;
    private static final long FIRST_ID = 1_000_000_000L;

    /** A service of an application. */
    public static class Users {

        private volatile boolean isFilled;

        @Cacheable("names")
        public String name(String key) {
            return loaded(key);
        }

        @Cacheable("numbers")
        public String name(long id) {
            return loaded(id);
        }

        private String loaded(Object key) {
            if (isFilled) {
                throw new IllegalStateException("A read was not a hit: " + key);
            }
            return "value";
        }

        /** Makes each further load fail. */
        public void filled() {
            isFilled = true;
        }
    }

    /** As Spring Boot configures it: with proxies of classes. */
    @Configuration(proxyBeanMethods = false)
    @EnableCaching(proxyTargetClass = true)
    static class Caching {}

    @Configuration(proxyBeanMethods = false)
    @EnableCaching(proxyTargetClass = true)
    @Import(FreshetCachingConfiguration.class)
    static class FreshetCaching {}

    /** An application whose caches are full, and the keys in their order. */
    abstract static class Application {

        private final String[] names = new String[ENTRIES];
        private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        private @Nullable Users users;
        private int next;

        void start(CacheManager manager, Class<?> caching) {
            context.registerBean(CacheManager.class, () -> manager);
            context.registerBean(Users.class);
            context.register(caching);
            context.refresh();
            Users filling = context.getBean(Users.class);
            for (int i = 0; i < ENTRIES; i++) {
                names[i] = "user:" + i;
                filling.name(names[i]);
                filling.name(FIRST_ID + i);
            }
            filling.filled();
            users = filling;
        }

        void stop() {
            context.close();
        }

        private Users users() {
            if (users == null) {
                throw new IllegalStateException("start was not called");
            }
            return users;
        }

        private int next() {
            next = (next + 1) & (ENTRIES - 1);
            return next;
        }

        String hitOfString() {
            return users().name(names[next()]);
        }

        String hitOfLong() {
            return users().name(FIRST_ID + next());
        }
    }

    /** With Spring's own cache manager. */
    @State(Scope.Benchmark)
    public static class Other extends Application {

        @Setup
        public void start() {
            CaffeineCacheManager manager = new CaffeineCacheManager();
            manager.setCaffeine(Caffeine.newBuilder().maximumSize(ENTRIES));
            start(manager, Caching.class);
        }

        @TearDown
        @Override
        public void stop() {
            super.stop();
        }
    }

    /** With Freshet's. */
    @State(Scope.Benchmark)
    public static class WithFreshet extends Application {

        private @Nullable RedisProcess redis;
        private @Nullable Freshet freshet;

        @Setup
        public void start() {
            RedisProcess server = RedisProcess.start();
            redis = server;
            Freshet client = Freshet.connect(server.uri().toString());
            freshet = client;
            FreshetCacheManager manager = FreshetCacheManager.builder(client)
                    .cache("names", FreshetCacheOptions.of(RegionOptions.maximumEntries(ENTRIES)))
                    .cache("numbers", FreshetCacheOptions.of(RegionOptions.maximumEntries(ENTRIES)))
                    .build();
            client.ready().join();
            start(manager, FreshetCaching.class);
        }

        @TearDown
        @Override
        public void stop() {
            super.stop();
            if (freshet != null) {
                freshet.close();
            }
            if (redis != null) {
                redis.close();
            }
        }
    }

    @Benchmark
    public String stringOther(Other other) {
        return other.hitOfString();
    }

    @Benchmark
    public String stringFreshet(WithFreshet freshet) {
        return freshet.hitOfString();
    }

    @Benchmark
    public String longOther(Other other) {
        return other.hitOfLong();
    }

    @Benchmark
    public String longFreshet(WithFreshet freshet) {
        return freshet.hitOfLong();
    }
}
