package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Caches that are used while their application context starts, while it ends, and after that. */
class LifetimeTest {

    private static final String IS_CLOSED =
            "cache \"users\" is closed, because its FreshetCacheManager or the Freshet below is: use those of the application"
                    + " context that is running";

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final Source source = new Source();
    private final List<Replica> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Replica::close);
    }

    private Replica replica(Class<?>... more) {
        Replica replica = Replica.start(TestClients.patient(REDIS.uri()), Replica::caches, source, more);
        open.add(replica);
        return replica;
    }

    // ---- Before

    @Configuration(proxyBeanMethods = false)
    static class Early {
        @Bean
        InitializingBean early(Users users, FreshetCacheManager manager) {
            return () -> {
                await().until(() -> manager.freshet().ready().isDone());
                users.find("read");
                users.find("read");
                users.evict("evicted");
                users.evictPrefix("prefix");
            };
        }
    }

    @Test
    void whatABeanDoesWhileTheContextStartsIsCachedAndEvictedEverywhere() {
        Replica there = replica().awaitReady();
        for (String id : List.of("read", "evicted", "prefix:1")) {
            source.write(id, "Ann");
            there.users().find(id);
        }
        int loads = source.loads("read");

        replica(Early.class);

        assertThat(source.loads("read")).isEqualTo(loads + 1);
        await().until(() -> !there.has("users", "evicted") && !there.has("users", "prefix:1"));
        assertThat(there.has("users", "read")).isTrue();
    }

    static class Service {
        @Cacheable("users")
        public String read(String id) {
            return id;
        }

        @CacheEvict("users")
        public void evict(String id) {}

        @FreshetEvict(cacheNames = "users", prefixes = "#{#id}")
        public void evictPrefix(String id) {}
    }

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    @Import(FreshetCachingConfiguration.class)
    static class ManagerNeedsService {
        @Bean
        Freshet freshet() {
            return Freshet.connect(TestClients.NOBODY);
        }

        @Bean
        Service service() {
            return new Service();
        }

        @Bean
        FreshetCacheManager manager(Freshet freshet, Runnable early) {
            early.run();
            return FreshetCacheManager.builder(freshet)
                    .defaults(FreshetCacheOptions.of(RegionOptions.maximumEntries(1)))
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ToRead {
        @Bean
        Runnable early(Service service) {
            return () -> service.read("a");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ToEvict {
        @Bean
        Runnable early(Service service) {
            return () -> service.evict("a");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class ToEvictPrefix {
        @Bean
        Runnable early(Service service) {
            return () -> service.evictPrefix("a");
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {ToRead.class, ToEvict.class, ToEvictPrefix.class})
    void whatTheCacheManagerItselfNeedsCannotUseItsCaches(Class<?> early) {
        assertThatThrownBy(() -> new AnnotationConfigApplicationContext(ManagerNeedsService.class, early))
                .hasStackTraceContaining(
                        "() uses its cache before the application context can make the cache manager: call it"
                                + " after the start, for example in a listener of ContextRefreshedEvent");
    }

    // ---- Meanwhile

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aLoadThatIsUnderWayAtTheEndIsAnsweredAndNotStored(Kind kind) {
        Replica closing = replica();
        Users users = closing.users();
        source.write("a", "Ann");
        Source.Audited load = source.hold("a");
        CompletableFuture<@Nullable String> slow = new CompletableFuture<>();
        new Thread(() -> slow.completeAsync(() -> kind.find(users, "a"), Runnable::run)).start();
        load.awaitRead();
        closing.manager().close();

        load.release();

        assertThat(slow.join()).isEqualTo("Ann");
        assertThat(closing.local(kind.cache()).stats().stores()).isZero();
        assertThat(closing.local(kind.cache()).stats().leases()).isZero();
    }

    // ---- After

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"FLUX", "FLUX_SYNC"},
            mode = EnumSource.Mode.EXCLUDE)
    void aReadAfterTheEndSaysSo(Kind kind) {
        Replica here = replica();
        source.write("a", "Ann");
        kind.find(here.users(), "a");
        here.manager().close();

        assertThatThrownBy(() -> kind.find(here.users(), "a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(IS_CLOSED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEvictionAfterTheEndSaysSo(boolean endsWithTheClient) {
        Replica here = replica();
        Users users = here.users();
        FreshetCache cache = here.cache("users");
        if (endsWithTheClient) {
            here.freshet().close();
        } else {
            here.manager().close();
        }

        for (Runnable use : List.<Runnable>of(
                () -> users.evict("a"),
                users::evictAll,
                () -> users.evictBefore("a", () -> {}),
                () -> users.evictPrefix("a"),
                () -> users.update("a", "Bob"),
                () -> cache.get("a"),
                () -> cache.get("a", () -> "b"),
                () -> cache.evict("a"),
                cache::clear)) {
            assertThatThrownBy(use::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(IS_CLOSED);
        }
    }

    @Test
    void noCacheIsOpenedAfterTheEnd() {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            FreshetCacheManager manager = FreshetCacheManager.builder(freshet)
                    .defaults(Replica.options())
                    .build();
            manager.close();

            assertThatThrownBy(() -> manager.getCache("late"))
                    .hasMessageStartingWith(
                            "cache \"late\" cannot be opened, because its FreshetCacheManager is closed");
            manager.close();
        }
    }
}
