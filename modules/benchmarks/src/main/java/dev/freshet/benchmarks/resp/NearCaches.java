package dev.freshet.benchmarks.resp;

import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.csc.CacheConfig;

/** The caches that clients of Redis have themselves, in this process. */
final class NearCaches implements AutoCloseable {

    private static final int MAXIMUM_ENTRIES = 10_000;

    private final RedisClient jedis;
    private final io.lettuce.core.RedisClient lettuce;
    private final CacheFrontend<String, String> frontend;

    NearCaches(URI redis) {
        jedis = RedisClient.builder()
                .hostAndPort(redis.getHost(), redis.getPort())
                .clientConfig(DefaultJedisClientConfig.builder().resp3().build())
                .cacheConfig(CacheConfig.builder().maxSize(MAXIMUM_ENTRIES).build())
                .build();
        lettuce = io.lettuce.core.RedisClient.create(redis.toString());
        StatefulRedisConnection<String, String> connection = lettuce.connect();
        frontend = ClientSideCaching.enable(
                CacheAccessor.forMap(new ConcurrentHashMap<>()),
                connection,
                TrackingArgs.Builder.enabled());
    }

    /** Returns a read of a key for each client, by its name. */
    Map<String, Callable<?>> reads(String key) {
        Map<String, Callable<?>> reads = new LinkedHashMap<>();
        reads.put("Jedis, its cache", () -> jedis.get(key));
        reads.put("Lettuce, its cache", () -> frontend.get(key));
        return reads;
    }

    @Override
    public void close() {
        jedis.close();
        lettuce.shutdown();
    }
}
