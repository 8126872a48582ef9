package dev.freshet.spring;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.spring.internal.transaction.Counts;
import dev.freshet.spring.internal.transaction.SpringTransactions;
import dev.freshet.spring.internal.transaction.Transactions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.cache.CacheManager;
import org.springframework.util.ClassUtils;

/**
 * Regions as caches of Spring. With {@link FreshetCachingConfiguration} every {@code @Cacheable} load runs under a lease.
 *
 * <pre>{@code
 * @Bean
 * FreshetCacheManager cacheManager(Freshet freshet) {
 *     return FreshetCacheManager.builder(freshet)
 *             .cache("users", FreshetCacheOptions.of(RegionOptions.maximumEntries(100_000)))
 *             .build();
 * }
 * }</pre>
 *
 * <h2>Keys</h2>
 *
 * A String is its own text; other keys have a text with their type, so that {@code 7L} ({@code ~long:7}) and {@code "7"} differ. Known are
 * numbers, characters, booleans, enums, UUIDs, dates and times, currencies, locales, classes; and lists, sets, arrays, optionals and
 * records of these, and Spring's {@code SimpleKey}. For other types give a {@link CacheKeyConverter}. A text over 512 bytes is hashed.
 *
 * <p>Safe to use from any thread. Closing it closes its regions, not the {@link Freshet}.
 */
public final class FreshetCacheManager implements CacheManager, DisposableBean, AutoCloseable {

    static final boolean HAS_TRANSACTIONS = ClassUtils.isPresent(
            "org.springframework.transaction.support.TransactionSynchronizationManager",
            FreshetCacheManager.class.getClassLoader());

    private final Freshet freshet;
    private final @Nullable FreshetCacheOptions defaults;
    private final List<CacheKeyConverter> converters;
    private final Transactions transactions;
    private final Executor executor;
    private final @Nullable ThreadPoolExecutor ownExecutor;
    private final Counts counts = new Counts();

    private final Map<String, FreshetCache> caches = new ConcurrentHashMap<>();

    /** The names of the caches by region. Guarded by this. */
    private final Map<String, String> cachesByRegion = new LinkedHashMap<>();

    private boolean isClosed;

    private FreshetCacheManager(Builder builder) {
        this.freshet = builder.freshet;
        this.defaults = builder.defaults;
        this.converters = List.copyOf(builder.converters);
        this.ownExecutor = builder.executor == null ? newExecutor() : null;
        this.executor = builder.executor == null ? Objects.requireNonNull(ownExecutor) : builder.executor;
        this.transactions = HAS_TRANSACTIONS
                ? SpringTransactions.of(
                        () -> caches.values().stream().map(FreshetCache::own),
                        counts,
                        builder.evictionFailure == EvictionFailure.THROW,
                        executor)
                : Transactions.NONE;
    }

    /** Its threads begin with need, and end without. What waits is bounded by the reads that a tier lets wait. */
    private static ThreadPoolExecutor newExecutor() {
        AtomicInteger numbers = new AtomicInteger();
        int threads = Math.max(4, Runtime.getRuntime().availableProcessors());
        ThreadPoolExecutor executor =
                new ThreadPoolExecutor(threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "freshet-spring-" + numbers.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Begins a manager of caches over this client. */
    public static Builder builder(Freshet freshet) {
        return new Builder(freshet);
    }

    /** Collects what a manager has. Not thread-safe. */
    public static final class Builder {
        private final Freshet freshet;
        private final Map<String, FreshetCacheOptions> caches = new LinkedHashMap<>();
        private final List<CacheKeyConverter> converters = new ArrayList<>();
        private @Nullable FreshetCacheOptions defaults;
        private @Nullable Executor executor;
        private EvictionFailure evictionFailure = EvictionFailure.LOG;

        private Builder(Freshet freshet) {
            this.freshet = Objects.requireNonNull(freshet, "freshet");
        }

        /** Adds a cache. Its name may be any text. */
        public Builder cache(String name, FreshetCacheOptions options) {
            caches.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(options, "options"));
            return this;
        }

        /**
         * Opens caches that were not added when they are first asked for. Without this, such names are unknown.
         *
         * @throws IllegalArgumentException if the options name a region
         */
        public Builder defaults(FreshetCacheOptions options) {
            if (options.regionName() != null) {
                throw new IllegalArgumentException("the defaults of all caches name region \"" + options.regionName()
                        + "\", but each cache needs a region of its own: name it for a single cache");
            }
            defaults = options;
            return this;
        }

        /** Adds a converter of keys for all caches. They are asked in the order in which they were added. */
        public Builder keyConverter(CacheKeyConverter converter) {
            converters.add(Objects.requireNonNull(converter, "converter"));
            return this;
        }

        /**
         * Sets where methods that return a future or a publisher are called if a cache has a {@link dev.freshet.RegionOptions#tier} that had
         * to be asked. Default: threads of the manager, as many as processors. Without a tier they are called on the caller's thread.
         */
        public Builder executor(Executor executor) {
            this.executor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /** Sets what becomes of an eviction after a commit that is refused. Default: {@link EvictionFailure#LOG}. */
        public Builder evictionFailure(EvictionFailure failure) {
            evictionFailure = Objects.requireNonNull(failure, "failure");
            return this;
        }

        /**
         * Opens the regions of all caches that were added.
         *
         * @throws IllegalArgumentException if two caches have one region, or the options of one do not fit each other
         * @throws IllegalStateException if a region is open already
         */
        public FreshetCacheManager build() {
            FreshetCacheManager manager = new FreshetCacheManager(this);
            try {
                caches.forEach(manager::open);
            } catch (Throwable refused) {
                manager.close();
                throw refused;
            }
            return manager;
        }
    }

    @Override
    public @Nullable FreshetCache getCache(String name) {
        FreshetCache cache = caches.get(name);
        return cache != null || defaults == null ? cache : open(name, defaults);
    }

    private synchronized FreshetCache open(String name, FreshetCacheOptions options) {
        FreshetCache opened = caches.get(name);
        if (opened != null) {
            return opened;
        }
        if (isClosed) {
            throw new IllegalStateException("cache \"" + name
                    + "\" cannot be opened, because its FreshetCacheManager is closed: use the one of the application context that is"
                    + " running");
        }
        String regionName = options.regionOf(name);
        String other = cachesByRegion.get(regionName);
        if (other != null) {
            throw new IllegalArgumentException(
                    "caches \"" + other + "\" and \"" + name + "\" have one region, \"" + regionName
                            + "\", and would take each other's values for their own: name another region for one of them");
        }
        Region<Object> region = freshet.region(regionName, options.regionOptions());
        List<CacheKeyConverter> ofCache = new ArrayList<>();
        if (options.keys() != null) {
            ofCache.add(options.keys());
        }
        ofCache.addAll(converters);
        FreshetCache cache =
                new FreshetCache(name, region, options, new KeyTexts(name, ofCache), transactions, executor, counts);
        cachesByRegion.put(regionName, name);
        caches.put(name, cache);
        return cache;
    }

    /** Returns the names of the caches that are open. */
    @Override
    public Collection<String> getCacheNames() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(caches.keySet()));
    }

    /** Returns the caches that are open. */
    public Set<FreshetCache> caches() {
        return Set.copyOf(caches.values());
    }

    /** Returns the client whose regions these are. */
    public Freshet freshet() {
        return freshet;
    }

    /** Returns counts of all caches together. */
    public FreshetCacheStats stats() {
        return new FreshetCacheStats(
                counts.storesWithoutLease.sum(), counts.untrackedLoads.sum(), counts.evictionsFailed.sum());
    }

    Transactions transactions() {
        return transactions;
    }

    /** Closes the caches' regions. Calls in flight get what they load; nothing is stored. Closing again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
        }
        caches.values().forEach(FreshetCache::close);
        if (ownExecutor != null) {
            ownExecutor.shutdown();
        }
    }

    @Override
    public void destroy() {
        close();
    }

    @Override
    public String toString() {
        return "FreshetCacheManager" + caches.keySet();
    }
}
