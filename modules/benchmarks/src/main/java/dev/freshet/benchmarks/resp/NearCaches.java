package dev.freshet.benchmarks.resp;

import io.lettuce.core.RedisClient;
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
import java.util.function.Consumer;

/** The caches that clients of Redis have themselves. That of Jedis needs Redis 7.4, and cannot be measured beside others. */
final class NearCaches implements AutoCloseable {

    private final RedisClient lettuce;
    private final CacheFrontend<String, String> frontend;
    private final NodeCache node;

    NearCaches(URI redis, Consumer<String> progress) {
        node = NodeCache.install(redis.getPort(), progress);
        lettuce = RedisClient.create(redis.toString());
        StatefulRedisConnection<String, String> connection = lettuce.connect();
        frontend = ClientSideCaching.enable(
                CacheAccessor.forMap(new ConcurrentHashMap<>()), connection, TrackingArgs.Builder.enabled());
    }

    NodeCache node() {
        return node;
    }

    /** Returns a read of a key for each client in this process, by its name. */
    Map<String, Callable<?>> reads(String key) {
        Map<String, Callable<?>> reads = new LinkedHashMap<>();
        reads.put("Lettuce, its cache", () -> frontend.get(key));
        return reads;
    }

    @Override
    public void close() {
        lettuce.shutdown();
        node.close();
    }
}
