package dev.freshet.spring;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.FreshetObserver;
import dev.freshet.RegionOptions;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.fixtures.TestClients;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** One replica of the application: an application context with a client of its own. */
final class Replica implements AutoCloseable {

    @Configuration(proxyBeanMethods = false)
    @EnableCaching
    @Import(FreshetCachingConfiguration.class)
    static class Caching {}

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private final Asked asked = new Asked();
    private final Map<String, RegionCache<?>> local = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Freshet freshet;

    private Replica(FreshetConfig config, UnaryOperator<FreshetCacheManager.Builder> caches, Class<?>... more) {
        freshet = Freshet.connect(config.withObserver(() -> new FreshetObserver.Observation() {
            @Override
            public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
                local.put(region.region(), region.local());
            }
        }));
        context.registerBean(Freshet.class, () -> freshet);
        context.registerBean(
                FreshetCacheManager.class, () -> caches.apply(FreshetCacheManager.builder(asked.noted(freshet)))
                        .build());
        context.registerBean(ExecutorService.class, () -> threads);
        context.register(Caching.class);
        if (more.length > 0) {
            context.register(more);
        }
    }

    /** A replica with the caches "users", "lists" and "written", that has joined. */
    static Replica start(String redis, Source source) {
        return start(TestClients.patient(redis), Replica::caches, source);
    }

    static Replica start(
            FreshetConfig config,
            UnaryOperator<FreshetCacheManager.Builder> caches,
            @Nullable Source source,
            Class<?>... more) {
        Replica replica = new Replica(config, caches, more);
        if (source != null) {
            replica.context.registerBean(Users.class, () -> new Users(source, replica.threads));
        }
        replica.context.refresh();
        return replica;
    }

    static FreshetCacheManager.Builder caches(FreshetCacheManager.Builder builder) {
        return builder.cache("users", options())
                .cache("lists", options())
                .cache("written", options().writeThrough(true));
    }

    static FreshetCacheOptions options() {
        return FreshetCacheOptions.of(RegionOptions.maximumEntries(10_000));
    }

    Replica awaitReady() {
        Awaitility.await().until(() -> freshet.ready().isDone());
        return this;
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    Users users() {
        return bean(Users.class);
    }

    FreshetCacheManager manager() {
        return bean(FreshetCacheManager.class);
    }

    FreshetCache cache(String name) {
        return Objects.requireNonNull(manager().getCache(name));
    }

    /** Whether a String key is cached here, with a value or as an absence. */
    boolean has(String cache, String key) {
        return local(cache).find(key).isPresent();
    }

    /** Whether no lease of the key can store any more: then a caller that would wait for one gets its own at once. */
    boolean hasNoLease(String cache, String key) {
        var waiting = local(cache).lookupOrAwait(key, Duration.ofHours(1), true);
        if (!waiting.isDone()) {
            waiting.cancel(false);
            return false;
        }
        if (waiting.join() instanceof Lookup.Miss<?> miss) {
            local(cache).release(miss.lease());
        }
        return true;
    }

    RegionCache<?> local(String cache) {
        return Objects.requireNonNull(local.get(cache));
    }

    /** What the regions of its caches were asked. */
    Asked asked() {
        return asked;
    }

    Freshet freshet() {
        return freshet;
    }

    ExecutorService threads() {
        return threads;
    }

    void closeContext() {
        context.close();
    }

    @Override
    public void close() {
        context.close();
        freshet.close();
        threads.shutdownNow();
    }
}
