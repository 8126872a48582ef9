package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.fixtures.TestClients;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.cache.annotation.AnnotationCacheOperationSource;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.Caching;
import org.springframework.cache.annotation.CachingConfigurer;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.cache.interceptor.CacheErrorHandler;
import org.springframework.cache.interceptor.CacheInterceptor;
import org.springframework.cache.interceptor.CacheOperation;
import org.springframework.cache.interceptor.CacheOperationInvocationContext;
import org.springframework.cache.interceptor.CacheResolver;
import org.springframework.cache.interceptor.KeyGenerator;
import org.springframework.cache.interceptor.SimpleCacheErrorHandler;
import org.springframework.cache.interceptor.SimpleCacheResolver;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What Spring's interceptor would do happens too where hits are found before it: with each attribute, and each part that can be replaced. */
class PlainHitsTest {

    /** Each call returns another number, so that a hit shows. */
    static class Methods {
        private final AtomicInteger calls = new AtomicInteger();

        @Cacheable("users")
        public String plain(String id) {
            return next();
        }

        @Cacheable("users")
        public String none() {
            return next();
        }

        @Cacheable("users")
        public String two(String id, int more) {
            return next();
        }

        @Cacheable("users")
        public String several(String... ids) {
            return next();
        }

        @Cacheable("users")
        public String array(String[] ids) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "'own:' + #id")
        public String keyed(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#id")
        public String byName(int more, String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = " #p1 ")
        public String byPlace(int more, String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#a0")
        public String byPlaceOrName(String id, String a0) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#root.methodName")
        public String ofRoot(String root) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#root")
        public String root(String root) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#nobody")
        public String ofNobody(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", key = "#p7")
        public String beyond(String id) {
            return next();
        }

        @Cacheable("users")
        public CompletableFuture<String> future(String id) {
            return CompletableFuture.completedFuture(next());
        }

        @Cacheable(cacheNames = "users", condition = "#id != 'secret'")
        public String conditional(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", unless = "#result == '1'")
        public String unless(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", keyGenerator = "backwards")
        public String generated(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", cacheManager = "others")
        public String ofAnotherManager(String id) {
            return next();
        }

        @Cacheable(cacheNames = "users", cacheResolver = "toLists")
        public String resolved(String id) {
            return next();
        }

        @Cacheable({"users", "lists"})
        public String ofTwoCaches(String id) {
            return next();
        }

        @Cacheable("users")
        public Optional<String> optional(String id) {
            return Optional.of(next());
        }

        @Cacheable("users")
        @CacheEvict(cacheNames = "lists", allEntries = true)
        public String evictsToo(String id) {
            return next();
        }

        @Caching(cacheable = @Cacheable("users"), put = @CachePut("written"))
        public String putsToo(String id) {
            return next();
        }

        private String next() {
            return String.valueOf(calls.incrementAndGet());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Parts {
        @Bean
        Methods methods() {
            return new Methods();
        }

        @Bean
        KeyGenerator backwards() {
            return (target, method, params) ->
                    new StringBuilder(String.valueOf(params[0])).reverse().toString();
        }

        @Bean
        CacheManager others() {
            return new ConcurrentMapCacheManager();
        }

        @Bean
        CacheResolver toLists(FreshetCacheManager manager) {
            return context -> List.of(manager.getCache("lists"));
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

    private final List<Replica> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Replica::close);
    }

    private Replica replica(Class<?>... more) {
        Replica replica = Replica.start(TestClients.quick(TestClients.NOBODY), Replica::caches, null, more);
        open.add(replica);
        return replica;
    }

    @Test
    void keysAreAsSpringMakesThem() {
        Replica here = replica(Parts.class);
        Methods methods = here.bean(Methods.class);
        assertThat(methods.plain("a")).isEqualTo("1");
        assertThat(methods.plain("a")).isEqualTo("1");
        assertThat(here.has("users", "a")).isTrue();

        assertThat(methods.several("a")).as("one element is as one argument").isEqualTo("1");
        assertThat(methods.none()).isEqualTo("2");
        assertThat(methods.none()).isEqualTo("2");
        assertThat(methods.two("a", 7)).isEqualTo("3");
        assertThat(methods.two("a", 7)).isEqualTo("3");
        assertThat(methods.two("a", 8)).isEqualTo("4");
        assertThat(methods.array(new String[] {"a", "b"})).isEqualTo("5");
        assertThat(methods.several("a", "b")).isEqualTo("6");
        assertThat(methods.several("a", "b")).isEqualTo("6");
        assertThat(methods.keyed("a")).isEqualTo("7");
        assertThat(methods.keyed("a")).isEqualTo("7");
        assertThat(here.has("users", "own:a")).isTrue();
        assertThat(methods.plain("ab")).isEqualTo("8");
        assertThat(methods.generated("ab")).isEqualTo("9");
        assertThat(methods.plain("ba")).isEqualTo("9");
    }

    @Test
    void anArgumentIsAKeyAsSpringSaysIt() {
        Methods methods = replica(Parts.class).bean(Methods.class);
        assertThat(methods.plain("a")).isEqualTo("1");
        assertThat(methods.plain("b")).isEqualTo("2");

        assertThat(methods.byName(7, "a")).isEqualTo("1");
        assertThat(methods.byPlace(7, "b")).isEqualTo("2");
        assertThat(methods.byPlaceOrName("a", "b"))
                .as("Spring prefers the name")
                .isEqualTo("2");
        assertThat(methods.ofRoot("a")).isEqualTo("3");
        assertThat(methods.ofRoot("b")).isEqualTo("3");
        assertThatThrownBy(() -> methods.root("a")).hasMessageContaining("CacheKeyConverter");
        assertThatThrownBy(() -> methods.ofNobody("a")).hasMessageContaining("Null key returned");
        assertThatThrownBy(() -> methods.beyond("a")).hasMessageContaining("Null key returned");
        assertThatThrownBy(() -> methods.byName(7, nothing())).hasMessageContaining("Null key returned");
    }

    /** Annotations say that there is none. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @Test
    void conditionsHoldAlthoughTheValueIsCached() {
        Methods methods = replica(Parts.class).bean(Methods.class);
        assertThat(methods.plain("secret")).isEqualTo("1");

        assertThat(methods.conditional("secret")).isEqualTo("2");
        assertThat(methods.unless("secret")).as("what is cached is not asked").isEqualTo("1");
    }

    @Test
    void otherCachesAreFound() {
        Replica here = replica(Parts.class);
        Methods methods = here.bean(Methods.class);
        assertThat(methods.plain("a")).isEqualTo("1");

        assertThat(methods.ofAnotherManager("a")).isEqualTo("2");
        assertThat(methods.ofAnotherManager("a")).isEqualTo("2");
        assertThat(methods.resolved("a")).isEqualTo("3");
        assertThat(methods.resolved("a")).isEqualTo("3");
        assertThat(methods.ofTwoCaches("a")).as("from the first").isEqualTo("1");
    }

    @Test
    void aResultIsWrappedAndOtherAnnotationsTakeEffect() {
        Replica here = replica(Parts.class);
        Methods methods = here.bean(Methods.class);
        assertThat(methods.plain("a")).isEqualTo("1");
        assertThat(methods.resolved("b")).isEqualTo("2");
        assertThat(here.has("lists", "b")).isTrue();

        assertThat(methods.optional("a")).contains("1");
        assertThat(methods.future("a")).isCompletedWithValue("1").isNotSameAs(methods.future("a"));
        assertThat(methods.future("c").thenCompose(first -> methods.future("c")).join())
                .isEqualTo("3");
        assertThat(methods.evictsToo("a")).isEqualTo("1");
        assertThat(here.has("lists", "b")).isFalse();
        assertThat(methods.putsToo("a")).as("a put calls its method").isEqualTo("4");
    }

    // ---- Parts of the application

    @Configuration(proxyBeanMethods = false)
    static class Lenient {
        @Bean
        Methods methods() {
            return new Methods();
        }

        @Bean
        CachingConfigurer configurer() {
            return new CachingConfigurer() {
                @Override
                public CacheErrorHandler errorHandler() {
                    return new SimpleCacheErrorHandler() {
                        @Override
                        public void handleCacheGetError(RuntimeException fault, Cache cache, Object key) {}

                        @Override
                        public void handleCachePutError(
                                RuntimeException fault, Cache cache, Object key, Object value) {}
                    };
                }
            };
        }
    }

    @Test
    void faultsOfTheCacheGoToTheHandlerOfTheApplication() {
        Replica here = replica(Lenient.class);
        Methods methods = here.bean(Methods.class);
        assertThat(methods.plain("a")).isEqualTo("1");
        here.manager().close();

        assertThat(methods.plain("a")).isEqualTo("2");
    }

    @Configuration(proxyBeanMethods = false)
    static class GeneratorForAll {
        @Bean
        Methods methods() {
            return new Methods();
        }

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
    void aKeyGeneratorForAllIsAsked() {
        Replica here = replica(GeneratorForAll.class);
        here.cache("users").get("a", () -> "of another key");

        assertThat(here.bean(Methods.class).plain("a")).isEqualTo("1");
        assertThat(here.bean(Methods.class).plain("a")).isEqualTo("1");
        assertThat(here.has("users", "generated:a")).isTrue();
    }

    @Configuration(proxyBeanMethods = false)
    static class ResolverForAll {
        @Bean
        Methods methods() {
            return new Methods();
        }

        @Bean
        CachingConfigurer configurer(FreshetCacheManager manager) {
            return new CachingConfigurer() {
                @Override
                public CacheResolver cacheResolver() {
                    return new SimpleCacheResolver(manager) {
                        @Override
                        protected Collection<String> getCacheNames(CacheOperationInvocationContext<?> context) {
                            return List.of("lists");
                        }
                    };
                }
            };
        }
    }

    @Test
    void aCacheResolverForAllIsAsked() {
        Replica here = replica(ResolverForAll.class);
        here.cache("users").get("a", () -> "of another cache");

        assertThat(here.bean(Methods.class).plain("a")).isEqualTo("1");
        assertThat(here.bean(Methods.class).plain("a")).isEqualTo("1");
        assertThat(here.has("lists", "a")).isTrue();
    }

    /** Looks at each call. */
    static class Watching extends FreshetCacheInterceptor {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger asked = new AtomicInteger();

        @Override
        protected Collection<? extends Cache> getCaches(
                CacheOperationInvocationContext<CacheOperation> context, CacheResolver resolver) {
            asked.incrementAndGet();
            return super.getCaches(context, resolver);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnInterceptor {
        @Bean
        Methods methods() {
            return new Methods();
        }

        @Bean
        CacheInterceptor cacheInterceptor(FreshetCacheManager manager) {
            Watching interceptor = new Watching();
            interceptor.setCacheManager(manager);
            interceptor.setCacheOperationSources(new AnnotationCacheOperationSource());
            return interceptor;
        }
    }

    @Test
    void anInterceptorOfTheApplicationSeesEachCall() {
        Replica here = replica(OwnInterceptor.class);
        Methods methods = here.bean(Methods.class);

        assertThat(methods.plain("a")).isEqualTo("1");
        assertThat(methods.plain("a")).isEqualTo("1");

        assertThat(here.bean(Watching.class).asked).hasValue(2);
    }
}
