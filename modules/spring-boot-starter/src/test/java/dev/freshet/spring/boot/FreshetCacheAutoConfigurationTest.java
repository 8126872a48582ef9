package dev.freshet.spring.boot;

import static dev.freshet.spring.boot.Contexts.withStarter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.UnavailableException;
import dev.freshet.spring.CacheKeyConverter;
import dev.freshet.spring.FreshetCache;
import dev.freshet.spring.FreshetCacheManager;
import dev.freshet.spring.FreshetCacheOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.interceptor.CacheInterceptor;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** The cache manager: what it depends on, what it gives way to, and each property of a cache. */
class FreshetCacheAutoConfigurationTest {

    private final ApplicationContextRunner runner = withStarter(
                    "org.springframework.boot.autoconfigure.cache.CacheAutoConfiguration",
                    "org.springframework.boot.cache.autoconfigure.CacheAutoConfiguration")
            .withUserConfiguration(Caching.class);

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    static class Caching {}

    // ---- When

    @Test
    void anApplicationThatCachesGetsOurCacheManagerAndOurInterceptorInsteadOfThoseOfBoot() {
        runner.run(context -> {
            assertThat(context)
                    .hasSingleBean(CacheManager.class)
                    .hasSingleBean(FreshetCacheManager.class)
                    .doesNotHaveBean("freshetOtherCaches");
            assertThat(context.getBean(CacheInterceptor.class).getClass().getPackageName())
                    .isEqualTo("dev.freshet.spring");
        });
    }

    @Test
    void withoutEnableCachingThereIsNone() {
        withStarter()
                .run(context -> assertThat(context).hasSingleBean(Freshet.class).doesNotHaveBean(CacheManager.class));
    }

    @Test
    void switchedOffBootChooses() {
        runner.withPropertyValues("freshet.enabled=false", "spring.cache.type=simple")
                .run(context -> assertThat(context).hasSingleBean(ConcurrentMapCacheManager.class));
    }

    private static List<ILoggingEvent> warningsOf(Runnable start) {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(FreshetCachingAutoConfiguration.class);
        Level before = logger.getLevel();
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(log);
        try {
            start.run();
        } finally {
            logger.detachAppender(log);
            logger.setLevel(before);
            logger.setAdditive(true);
        }
        return log.list;
    }

    @Test
    void noneStaysNoneAndIsNothingToWarnOf() {
        List<ILoggingEvent> warnings = warningsOf(
                () -> runner.withPropertyValues("spring.cache.type=none").run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(CacheManager.class)
                        .doesNotHaveBean(FreshetCacheManager.class)));

        assertThat(warnings).isEmpty();
    }

    @Test
    void aCacheManagerOfTheApplicationStaysAndIsSaidNotToBeCoherent() {
        List<ILoggingEvent> warnings =
                warningsOf(() -> runner.withBean(CacheManager.class, ConcurrentMapCacheManager::new)
                        .run(context -> assertThat(context)
                                .hasSingleBean(CacheManager.class)
                                .doesNotHaveBean(FreshetCacheManager.class)));

        assertThat(warnings).singleElement().satisfies(event -> assertThat(event.getFormattedMessage())
                .startsWith("@Cacheable is not coherent over replicas")
                .contains(ConcurrentMapCacheManager.class.getName()));
    }

    @Test
    void aCacheResolverOfTheApplicationStays() {
        runner.withUserConfiguration(OwnResolver.class)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(CacheManager.class));
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnResolver implements CachingConfigurer {
        @Bean
        @Override
        public CacheResolver cacheResolver() {
            return invocation -> List.of();
        }
    }

    @Test
    void aOwnManagerTheApplicationGetsTheInterceptor() {
        runner.withUserConfiguration(OwnManager.class).run(context -> {
            assertThat(context.getBean(CacheInterceptor.class).getClass().getPackageName())
                    .isEqualTo("dev.freshet.spring");
            assertThat(context.getBean(FreshetCacheManager.class).getCacheNames())
                    .containsExactly("own");
        });
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnManager {
        @Bean
        FreshetCacheManager own(Freshet freshet) {
            return FreshetCacheManager.builder(freshet)
                    .cache("own", FreshetCacheOptions.of(RegionOptions.maximumEntries(10)))
                    .build();
        }
    }

    // ---- Which caches

    private static List<String> names(CacheManager manager) {
        return manager.getCacheNames().stream().sorted().toList();
    }

    @Test
    void cachesOfThePropertiesAreOpenAtTheStartAndOthersWhenTheyAreUsed() {
        runner.withPropertyValues("freshet.caches.users.region=people", "freshet.caches.userProfiles.maximum-entries=5")
                .run(context -> {
                    CacheManager manager = context.getBean(CacheManager.class);
                    assertThat(names(manager)).containsExactly("userProfiles", "users");
                    assertThat(context.getBean(Freshet.class).regions())
                            .extracting(Region::name)
                            .containsExactly("people", "user-profiles");
                    assertThat(manager.getCache("orders")).isInstanceOf(FreshetCache.class);
                });
    }

    @Test
    void namesOfBootAreAllThereAre() {
        runner.withPropertyValues("spring.cache.cache-names=a,b", "freshet.caches.c.absences=0")
                .run(context -> {
                    CacheManager manager = context.getBean(CacheManager.class);
                    assertThat(names(manager)).containsExactly("a", "b", "c");
                    assertThat(manager.getCache("orders")).isNull();
                });
    }

    // ---- What they are like

    @Test
    void aCacheTakesWhatItLeavesOutFromTheDefaults() {
        runner.withPropertyValues(
                        "freshet.defaults.maximum-entries=2",
                        "freshet.defaults.absences=0",
                        "freshet.caches.small.maximum-entries=1",
                        "freshet.caches.absences.absences=10s")
                .run(context -> {
                    CacheManager manager = context.getBean(CacheManager.class);
                    assertThat(loadsOfAnAbsence(manager, "small")).isEqualTo(2);
                    assertThat(loadsOfAnAbsence(manager, "absences")).isEqualTo(1);
                    assertHoldsAtMost(1, manager, "small");
                    assertHoldsAtMost(2, manager, "absences");
                    assertHoldsAtMost(2, manager, "unnamed");
                });
    }

    private static Cache cache(CacheManager manager, String name) {
        Cache cache = manager.getCache(name);
        assertThat(cache).isNotNull();
        return cache;
    }

    /** Entries that are too many go with reads, not at once. */
    private static void assertHoldsAtMost(int entries, CacheManager manager, String name) {
        Cache cache = cache(manager, name);
        Region<?> region = (Region<?>) cache.getNativeCache();
        AtomicInteger key = new AtomicInteger();
        for (int load = 0; load < 10; load++) {
            cache.get(key.incrementAndGet(), () -> "value");
        }
        await(name).until(() -> {
            cache.get(key.incrementAndGet(), () -> "value");
            return region.stats().entries() == entries;
        });
    }

    private static int loadsOfAnAbsence(CacheManager manager, String name) {
        List<String> loads = new ArrayList<>();
        for (int read = 0; read < 2; read++) {
            cache(manager, name).get("absent", () -> {
                loads.add("load");
                return null;
            });
        }
        return loads.size();
    }

    @Test
    void aCacheThatBypassesLoadsAnewWhileRedisIsUnavailable() {
        runner.withPropertyValues("freshet.caches.bypassed.unconfirmed.policy=bypass")
                .run(context -> {
                    Cache bypassed = cache(context.getBean(CacheManager.class), "bypassed");
                    Cache served = cache(context.getBean(CacheManager.class), "served");
                    for (String loaded : List.of("old", "new")) {
                        assertThat(bypassed.<String>get("key", () -> loaded)).isEqualTo(loaded);
                        assertThat(served.<String>get("key", () -> loaded)).isEqualTo("old");
                    }
                });
    }

    /** Begins and ends transactions of nothing. */
    private static final class NoDatabase extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1L;

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {}

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }

    private static @Nullable Throwable faultOfAnEvictionInATransaction(CacheManager manager, NoDatabase transactions) {
        return catchThrowable(() -> new TransactionTemplate(transactions)
                .executeWithoutResult(status -> cache(manager, "users").evict("key")));
    }

    @Test
    void anEvictionThatIsRefusedAfterTheCommitIsThrownIfThatIsAskedFor() {
        ApplicationContextRunner refusing = runner.withBean(NoDatabase.class)
                .withPropertyValues("freshet.on-failure=throw", "freshet.timeout=100ms");

        refusing.run(context -> assertThat(faultOfAnEvictionInATransaction(
                        context.getBean(CacheManager.class), context.getBean(NoDatabase.class)))
                .isNull());
        refusing.withPropertyValues("freshet.eviction-failure=throw")
                .run(context -> assertThat(faultOfAnEvictionInATransaction(
                                context.getBean(CacheManager.class), context.getBean(NoDatabase.class)))
                        .isInstanceOf(UnavailableException.class));
    }

    @Test
    void convertersAndCustomizersOfTheApplicationAreAsked() {
        record Id(int number) {}
        List<String> customized = new ArrayList<>();
        runner.withBean(
                        CacheKeyConverter.class,
                        () -> (cache, key) -> key instanceof Id id ? "id:" + id.number() : null)
                .withBean(FreshetCacheCustomizer.class, () -> new FreshetCacheCustomizer() {
                    @Override
                    public FreshetCacheOptions cache(String cache, FreshetCacheOptions options) {
                        customized.add(cache);
                        return options.keys((asked, key) -> key instanceof Thread ? cache + " of a thread" : null);
                    }
                })
                .withPropertyValues("freshet.caches.users.absences=1s")
                .run(context -> {
                    FreshetCache users =
                            context.getBean(FreshetCacheManager.class).getCache("users");
                    assertThat(users).isNotNull();
                    assertThat(users.textOf(new Id(7))).isEqualTo("id:7");
                    assertThat(users.textOf(Thread.currentThread())).isEqualTo("users of a thread");
                    assertThat(customized).containsExactlyInAnyOrder("users", "*");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            freshet.caches.users.maximum-entries=0          | freshet.caches.users.maximum-entries: maximum entries must be positive
            freshet.defaults.maximum-entries=-1             | freshet.defaults.maximum-entries: maximum entries must be positive
            freshet.caches.users.expire-after-write=0       | freshet.caches.users.expire-after-write:
            freshet.caches.users.expire-after-access=-1s    | freshet.caches.users.expire-after-access:
            freshet.caches.users.absences=-1s               | freshet.caches.users.absences:
            freshet.caches.users.fail-safe=-1s              | freshet.caches.users.fail-safe:
            freshet.caches.users.refresh-after-write=-1s    | freshet.caches.users.refresh-after-write:
            freshet.caches.users.load-timeout=0             | freshet.caches.users.load-timeout:
            freshet.caches.users.soft-timeout=1s            | freshet.caches.users: soft timeout is PT1S
            freshet.caches.users.reset-spread=5s            | freshet.caches.users: reset spread must not exceed
            freshet.caches.users.evict-again-after=-1s      | freshet.caches.users.evict-again-after:
            freshet.caches.users.unconfirmed.after=0        | freshet.caches.users.unconfirmed.after:
            freshet.caches.users.region=UPPER               | freshet.caches.users.region:
            freshet.defaults.region=one                     | freshet.defaults.region: each cache needs a region of its own
            freshet.caches.users.region=a;freshet.caches.a.absences=1s | freshet.caches: caches "users" and "a" have one region, "a"
            spring.cache.type=caffeine                      | spring.cache.type: is "caffeine"
            """)
    void aWrongPropertyEndsTheStartWithASentenceThatNamesIt(String properties, String sentence) {
        runner.withPropertyValues(properties.split(";", -1)).run(context -> {
            assertThat(context).hasFailed();
            var analysis = new FreshetFailureAnalyzer().analyze(context.getStartupFailure());
            assertThat(analysis).isNotNull();
            assertThat(analysis.getDescription().lines()).anyMatch(line -> line.startsWith(sentence));
        });
    }
}
