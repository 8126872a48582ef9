package dev.freshet.benchmarks.contender;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.csc.AbstractCache;
import redis.clients.jedis.csc.CacheEntry;
import redis.clients.jedis.csc.CacheKey;
import redis.clients.jedis.csc.EvictionPolicy;
import redis.clients.jedis.csc.LRUEviction;

/**
 * Jedis's client-side caching over Redis's tracking. Jedis sees invalidations only when its connection is used. So each subscriber has a
 * thread that reads a cached key all the time, as a busy application does.
 */
final class JedisContender implements Contender {

    private static final String READ_ALL_THE_TIME = "always";
    private static final long PAUSE_NANOS = 20_000;
    private static final int MAX_IN_FLIGHT = 512;

    private final Site site;
    private final List<RedisClient> clients = new ArrayList<>();
    private final List<TellingCache> caches = new ArrayList<>();
    private final List<Thread> readers = new ArrayList<>();
    private volatile boolean closed;

    /** Jedis's cache over a map. It reports what it deletes. */
    @SuppressWarnings({"rawtypes", "unchecked"}) // the library declares raw types
    private static final class TellingCache extends AbstractCache {
        private final Map<String, CacheEntry> entries = new ConcurrentHashMap<>();
        private final EvictionPolicy policy = new LRUEviction(LocalCache.MAXIMUM_ENTRIES);
        private final int subscriber;
        private final Arrivals arrivals;

        TellingCache(int subscriber, Arrivals arrivals) {
            super(LocalCache.MAXIMUM_ENTRIES);
            this.subscriber = subscriber;
            this.arrivals = arrivals;
            policy.setCache(this);
        }

        private static String nameOf(CacheKey key) {
            return String.valueOf(key.getRedisKeys().get(0));
        }

        @Override
        public List<CacheKey> deleteByRedisKeys(@Nullable List keys) {
            if (keys == null) {
                flush();
                return List.of();
            }
            for (Object key : keys) {
                String name =
                        key instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(key);
                if (entries.remove(name) != null) {
                    arrivals.evicted(subscriber, name);
                }
            }
            return List.of();
        }

        @Override
        public int getSize() {
            return entries.size();
        }

        @Override
        public Collection<CacheEntry> getCacheEntries() {
            return List.copyOf(entries.values());
        }

        @Override
        public EvictionPolicy getEvictionPolicy() {
            return policy;
        }

        @Override
        @SuppressWarnings("NullAway") // the library expects null for an absent key
        protected CacheEntry getFromStore(CacheKey key) {
            return entries.get(nameOf(key));
        }

        @Override
        @SuppressWarnings("NullAway")
        protected CacheEntry putIntoStore(CacheKey key, CacheEntry entry) {
            return entries.put(nameOf(key), entry);
        }

        @Override
        protected boolean removeFromStore(CacheKey key) {
            return entries.remove(nameOf(key)) != null;
        }

        @Override
        protected void clearStore() {
            entries.clear();
        }

        @Override
        protected boolean containsKeyInStore(CacheKey key) {
            return entries.containsKey(nameOf(key));
        }

        @Override
        public boolean compatibilityMode() {
            return true; // Jedis demands Redis 7.4; the tracking used here is older
        }

        boolean has(String key) {
            return entries.containsKey(key);
        }
    }

    JedisContender(Site site) {
        this.site = site;
        try (Connection connection = connection()) {
            new Pipeline(connection).set(READ_ALL_THE_TIME, LocalCache.VALUE);
        }
        for (int i = 0; i < SUBSCRIBERS; i++) {
            TellingCache cache = new TellingCache(i, site.arrivals());
            RedisClient client = client(cache);
            caches.add(cache);
            clients.add(client);
            Thread reader = new Thread(() -> read(client), "jedis-reader");
            reader.setDaemon(true);
            readers.add(reader);
            reader.start();
        }
    }

    private RedisClient client(TellingCache cache) {
        GenericObjectPoolConfig<Connection> pool = new GenericObjectPoolConfig<>();
        pool.setMaxTotal(1);
        JedisClientConfig config =
                DefaultJedisClientConfig.builder().protocol(RedisProtocol.RESP3).build();
        return RedisClient.builder()
                .hostAndPort(site.host(), site.port())
                .clientConfig(config)
                .poolConfig(pool)
                .cache(cache)
                .build();
    }

    private void read(RedisClient client) {
        while (!closed) {
            client.get(READ_ALL_THE_TIME);
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private Connection connection() {
        return new Connection(
                new HostAndPort(site.host(), site.port()),
                DefaultJedisClientConfig.builder().build());
    }

    @Override
    public void fill(Keys keys) {
        try (Caller caller = caller(Style.STREAM)) {
            keys.all().forEach(caller::invalidate);
            caller.settle();
        }
        List<Thread> threads = new ArrayList<>();
        for (RedisClient client : clients) {
            Thread thread = new Thread(() -> keys.all().forEach(client::get));
            threads.add(thread);
            thread.start();
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return caches.get(subscriber).has(key);
    }

    @Override
    public Caller caller(Style style) {
        return new SetCaller(connection(), style == Style.STREAM ? MAX_IN_FLIGHT : 1);
    }

    private static final class SetCaller implements Caller {
        private final Connection connection;
        private final Pipeline pipeline;
        private final int maxInFlight;
        private int calls;

        SetCaller(Connection connection, int maxInFlight) {
            this.connection = connection;
            this.maxInFlight = maxInFlight;
            pipeline = new Pipeline(connection);
        }

        @Override
        public void invalidate(String key) {
            pipeline.set(key, LocalCache.VALUE);
            if (++calls >= maxInFlight) {
                settle();
            }
        }

        @Override
        public void settle() {
            pipeline.sync();
            calls = 0;
        }

        @Override
        public void close() {
            pipeline.close();
            connection.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            for (Thread reader : readers) {
                reader.join(1_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clients.forEach(RedisClient::close);
    }
}
