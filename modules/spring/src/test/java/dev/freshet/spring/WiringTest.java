package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.ValueCodec;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisExtension;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.AnnotationCacheOperationSource;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.interceptor.BeanFactoryCacheOperationSourceAdvisor;
import org.springframework.cache.interceptor.CacheInterceptor;
import org.springframework.cache.interceptor.KeyGenerator;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;

/** How caches, interceptor and context are put together; and what is refused, in a sentence that says what would be right. */
class WiringTest {

    private static final ValueCodec<Object> TEXT = new ValueCodec<>() {
        @Override
        public byte[] encode(Object value) {
            if (value.equals("unfit")) {
                throw new IllegalArgumentException("on purpose");
            }
            return value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Object decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final Source source = new Source();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private Replica replica(UnaryOperator<FreshetCacheManager.Builder> caches, Class<?>... more) {
        Replica replica = Replica.start(TestClients.patient(REDIS.uri()), caches, source, more);
        open.add(replica);
        return replica;
    }

    private FreshetCacheManager.Builder builder() {
        Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()));
        open.add(freshet);
        return FreshetCacheManager.builder(freshet);
    }

    private FreshetCacheManager built(FreshetCacheManager.Builder builder) {
        FreshetCacheManager manager = builder.build();
        open.add(0, manager);
        return manager;
    }

    private static FreshetCache cache(FreshetCacheManager manager, String name) {
        return Objects.requireNonNull(manager.getCache(name));
    }

    // ---- The manager

    @Test
    void cachesHaveAnyNameAndARegionEach() {
        FreshetCacheManager manager = built(builder()
                .cache("userProfiles", Replica.options())
                .cache("prices", Replica.options().region("eu-prices")));

        assertThat(manager.getCacheNames()).containsExactlyInAnyOrder("userProfiles", "prices");
        assertThat(cache(manager, "userProfiles").region().name()).isEqualTo("user-profiles");
        assertThat(cache(manager, "prices").region().name()).isEqualTo("eu-prices");
        assertThat(cache(manager, "prices").getNativeCache())
                .isSameAs(cache(manager, "prices").region());
        assertThat(manager.getCache("unknown")).isNull();
    }

    @Test
    void twoCachesOfOneRegionAreRefusedAtTheStartAndNothingIsLeftOpen() {
        FreshetCacheManager.Builder builder =
                builder().cache("userProfiles", Replica.options()).cache("user-profiles", Replica.options());

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "caches \"userProfiles\" and \"user-profiles\" have one region, \"user-profiles\", and would take each"
                                + " other's values for their own: name another region for one of them");

        assertThatCode(() ->
                        built(builder.cache("userProfiles", Replica.options().region("profiles"))))
                .doesNotThrowAnyException();
    }

    @Test
    void cachesThatWereNotNamedAreOpenedByTheDefaults() {
        FreshetCacheManager manager = built(builder().defaults(Replica.options()));

        assertThat(cache(manager, "anything").region().name()).isEqualTo("anything");
        assertThat(manager.getCache("anything")).isSameAs(manager.getCache("anything"));
        assertThatThrownBy(() -> manager.getCache("Anything")).hasMessageContaining("have one region, \"anything\"");
    }

    @Test
    void defaultsThatNameARegionAreRefused() {
        FreshetCacheManager.Builder builder = builder();

        assertThatThrownBy(() -> builder.defaults(Replica.options().region("users")))
                .hasMessage(
                        "the defaults of all caches name region \"users\", but each cache needs a region of its own:"
                                + " name it for a single cache");
    }

    // ---- Values

    @Test
    void absencesHaveATimeOfTheirOwn() {
        HandClock clock = new HandClock();
        TimeSource time = new TimeSource() {
            @Override
            public long nanoTime() {
                return clock.nanoTime();
            }

            @Override
            public long wallMicros() {
                return clock.wallMicros();
            }
        };
        Replica here = replica(caches -> caches.defaults(FreshetCacheOptions.of(RegionOptions.maximumEntries(100)
                        .cache(builder -> builder.time(time).expireAfterWrite(Duration.ofMinutes(10))))
                .absences(Duration.ofMinutes(2))));
        here.manager().getCache("users");
        here.awaitReady();

        for (Kind kind : List.of(Kind.BLOCKING, Kind.BLOCKING_SYNC, Kind.OPTIONAL, Kind.FUTURE, Kind.MONO)) {
            String absent = "absent " + kind;
            String present = "present " + kind;
            source.write(present, "Ann");
            kind.find(here.users(), present);
            kind.find(here.users(), absent);
            clock.advance(Duration.ofSeconds(110));
            kind.find(here.users(), absent);
            assertThat(source.loads(absent)).as("%s", kind).isEqualTo(1);
            clock.advance(Duration.ofSeconds(20));
            kind.find(here.users(), absent);
            kind.find(here.users(), present);
            assertThat(source.loads(absent)).as("%s", kind).isEqualTo(2);
            assertThat(source.loads(present)).as("%s", kind).isEqualTo(1);
        }
    }

    @Test
    void keysAreConvertedByTheCachesConverterAndThenByThoseOfAll() {
        FreshetCacheManager manager = built(builder()
                .keyConverter((cache, key) -> key instanceof File file ? "all:" + cache + ":" + file : null)
                .cache("users", Replica.options().keys((cache, key) -> key instanceof Thread ? "a thread" : null))
                .cache("prices", Replica.options()));

        assertThat(cache(manager, "users").textOf(Thread.currentThread())).isEqualTo("a thread");
        assertThat(cache(manager, "users").textOf(new File("7"))).isEqualTo("all:users:7");
        assertThat(cache(manager, "prices").textOf(new File("7"))).isEqualTo("all:prices:7");
        assertThatThrownBy(() -> cache(manager, "prices").textOf(Thread.currentThread()))
                .hasMessageContaining("CacheKeyConverter");
    }

    @Test
    void absencesAreCachedNotAtAllIfTheirTimeIsZero() {
        Replica here = replica(caches -> caches.defaults(Replica.options().absences(Duration.ZERO)));

        for (Kind kind : List.of(Kind.BLOCKING, Kind.BLOCKING_SYNC, Kind.MONO)) {
            String id = "absent " + kind;
            kind.find(here.users(), id);
            kind.find(here.users(), id);
            assertThat(source.loads(id)).isEqualTo(2);
            assertThat(here.hasNoLease("users", id)).isTrue();
        }
        assertThatThrownBy(() -> Replica.options().absences(Duration.ofSeconds(-1)))
                .hasMessage("the time of absences must not be negative, but is PT-1S");
    }

    @Test
    void valuesGetTagsByAFunctionAndIfThatFailsAreNotCached() {
        Replica here = replica(caches -> caches.defaults(Replica.options().tags(value -> {
            if (value.equals("tagless")) {
                throw new IllegalArgumentException("on purpose");
            }
            return List.of("all");
        })));
        source.write("a", "Ann");
        source.write("b", "tagless");
        here.users().find("a");

        assertThatThrownBy(() -> here.users().find("b")).hasMessage("on purpose");
        assertThat(here.has("users", "b")).isFalse();
        assertThat(here.hasNoLease("users", "b")).isTrue();
        here.cache("users").region().invalidate(dev.freshet.bus.Change.of(dev.freshet.schema.Selector.tags("all")));
        assertThat(here.has("users", "a")).isFalse();
    }

    @Test
    void aReplicaFindsInRedisWhatTheOtherOneLoaded() {
        UnaryOperator<FreshetCacheManager.Builder> tiered = caches -> caches.defaults(
                FreshetCacheOptions.of(RegionOptions.maximumEntries(100).tier(TEXT, Duration.ofMinutes(10))));
        AtomicInteger handedOver = new AtomicInteger();
        Replica here = replica(tiered);
        Replica witness = replica(tiered);
        Replica there = replica(caches -> tiered.apply(caches).executor(task -> {
            handedOver.incrementAndGet();
            here.threads().execute(task);
        }));
        for (Replica each : List.of(here, witness, there)) {
            each.manager().getCache("users");
            each.awaitReady();
        }
        for (Kind kind : Kind.values()) {
            if (!kind.cache().equals("users")) {
                continue;
            }
            String id = "tiered " + kind;
            source.write(id, "Ann");
            kind.find(here.users(), id);
            await().until(() -> witness.cache("users").get(id) != null); // so it is in Redis

            assertThat(kind.find(there.users(), id)).as("%s", kind).isEqualTo("Ann");

            assertThat(source.loads(id)).as("%s", kind).isEqualTo(1);
            await().until(() -> here.hasNoLease("users", id) && there.hasNoLease("users", id));
        }
        assertThat(handedOver).as("answers that came later").hasPositiveValue();
    }

    @Test
    void aValueThatItsSerializerCannotWriteIsCachedHereAndCounted() {
        Replica here = replica(caches -> caches.defaults(
                FreshetCacheOptions.of(RegionOptions.maximumEntries(100).tier(TEXT, Duration.ofMinutes(10)))));
        here.manager().getCache("users");
        here.awaitReady();
        source.write("a", "unfit");

        assertThat(here.users().find("a")).isEqualTo("unfit");

        assertThat(here.has("users", "a")).isTrue();
        await().untilAsserted(() -> assertThat(
                        here.cache("users").region().tierStats().codecFailures())
                .isEqualTo(1));
    }

    // ---- The interceptor

    @Configuration(proxyBeanMethods = false)
    static class OwnConfigurer {
        @Bean
        CachingConfigurer configurer() {
            return new CachingConfigurer() {
                @Override
                public KeyGenerator keyGenerator() {
                    return (target, method, params) -> "generated:" + params[0];
                }
            };
        }
    }

    @Test
    void whatACachingConfigurerSaysStillHolds() {
        Replica here = replica(Replica::caches, OwnConfigurer.class);
        source.write("a", "Ann");

        here.users().find("a");

        assertThat(here.has("users", "generated:a")).isTrue();
    }

    @Configuration(proxyBeanMethods = false)
    static class AnotherManager {
        @Bean
        CacheManager others() {
            return new ConcurrentMapCacheManager();
        }

        @Bean
        OfAnother ofAnother() {
            return new OfAnother();
        }

        @Bean
        CachingConfigurer configurer(FreshetCacheManager manager) {
            return new CachingConfigurer() {
                @Override
                public CacheManager cacheManager() {
                    return manager;
                }
            };
        }
    }

    static class OfAnother {
        private int calls;

        @Cacheable(cacheNames = "plain", cacheManager = "others")
        public int call() {
            return ++calls;
        }
    }

    @Test
    void cachesOfAnotherManagerAreAsEver() {
        Replica here = replica(Replica::caches, AnotherManager.class);

        assertThat(here.bean(OfAnother.class).call()).isEqualTo(1);
        assertThat(here.bean(OfAnother.class).call()).isEqualTo(1);
    }

    @Test
    void cachingSurroundsTransactionsUnlessTheApplicationSaysOtherwise() {
        Replica here = replica(Replica::caches);

        assertThat(here.bean(BeanFactoryCacheOperationSourceAdvisor.class).getOrder())
                .isEqualTo(Ordered.LOWEST_PRECEDENCE - 1);
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Ordered5.class)) {
            assertThat(context.getBean(BeanFactoryCacheOperationSourceAdvisor.class)
                            .getOrder())
                    .isEqualTo(5);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching(order = 5)
    @Import(FreshetCachingConfiguration.class)
    static class Ordered5 {
        @Bean
        CacheManager manager() {
            return new ConcurrentMapCacheManager();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(FreshetCachingConfiguration.class)
    static class Foreign {
        @Bean
        CacheInterceptor ownInterceptor() {
            CacheInterceptor interceptor = new CacheInterceptor() {};
            interceptor.setCacheManager(new ConcurrentMapCacheManager());
            interceptor.setCacheOperationSources(new AnnotationCacheOperationSource());
            return interceptor;
        }
    }

    @Test
    void anInterceptorThatGivesNoLeasesIsRefused() {
        assertThatThrownBy(() -> new AnnotationConfigApplicationContext(Foreign.class))
                .hasRootCauseInstanceOf(IllegalStateException.class)
                .hasStackTraceContaining("gives loads no leases: let it extend FreshetCacheInterceptor");
    }

    @Test
    void cachingByAspectJIsRefused() {
        assertThatThrownBy(() -> {
                    try (var context = new AnnotationConfigApplicationContext()) {
                        context.registerBean("org.springframework.cache.config.internalCacheAspect", Object.class);
                        context.register(FreshetCachingConfiguration.class);
                        context.refresh();
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("caching is woven by AspectJ, where Freshet cannot give loads their leases: use"
                        + " @EnableCaching(mode = AdviceMode.PROXY)");
    }

    static class BadEvict {
        @FreshetEvict(tags = "a")
        public void namesNoCache() {}

        @FreshetEvict(cacheNames = "users")
        public void namesNothing() {}

        @FreshetEvict(cacheNames = "nowhere", tags = "a")
        public void namesAnUnknownCache() {}

        @FreshetEvict(cacheNames = "users", tags = "team:#{#nobody.team}")
        public void namesAnUnknownVariable() {}
    }

    @Configuration(proxyBeanMethods = false)
    static class BadEvicts {
        @Bean
        BadEvict badEvict() {
            return new BadEvict();
        }
    }

    @Test
    void anAnnotationThatIsWrongSaysWhatWouldBeRight() {
        BadEvict bad = replica(Replica::caches, BadEvicts.class).bean(BadEvict.class);

        assertThatThrownBy(bad::namesNoCache).hasMessageContaining("names no cache: set cacheNames");
        assertThatThrownBy(bad::namesNothing).hasMessageContaining("names neither tags nor prefixes: set one of them");
        assertThatThrownBy(bad::namesAnUnknownCache)
                .hasMessage(
                        "@FreshetEvict names cache \"nowhere\", which no FreshetCacheManager has: add it to the builder,"
                                + " or set defaults there");
        assertThatThrownBy(bad::namesAnUnknownVariable)
                .hasMessageContaining("namesAnUnknownVariable(): \"team:#{#nobody.team}\" failed");
    }
}
