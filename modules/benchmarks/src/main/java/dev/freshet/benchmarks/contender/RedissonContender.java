package dev.freshet.benchmarks.contender;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.redisson.Redisson;
import org.redisson.api.RLocalCachedMap;
import org.redisson.api.RMap;
import org.redisson.api.RedissonClient;
import org.redisson.api.listener.LocalCacheInvalidateListener;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson's RLocalCachedMap with the strategy INVALIDATE. A fifth instance removes the keys. */
final class RedissonContender implements Contender {

    private static final String MAP = "users";
    private static final int CHUNK = 2_000;
    private static final int MAX_IN_FLIGHT = 256;

    private final boolean async;
    private final List<RedissonClient> clients = new ArrayList<>();
    private final List<RLocalCachedMap<String, String>> maps = new ArrayList<>();
    private final RLocalCachedMap<String, String> writer;
    private final RMap<String, String> plain;

    RedissonContender(Site site, boolean async) {
        this.async = async;
        for (int i = 0; i <= SUBSCRIBERS; i++) {
            clients.add(client(site));
        }
        for (int i = 0; i < SUBSCRIBERS; i++) {
            int subscriber = i;
            RLocalCachedMap<String, String> map = map(clients.get(i));
            map.addListener((LocalCacheInvalidateListener<String, String>)
                    (key, value) -> site.arrivals().evicted(subscriber, key));
            maps.add(map);
        }
        RedissonClient fifth = clients.get(SUBSCRIBERS);
        writer = map(fifth);
        plain = fifth.getMap(MAP, StringCodec.INSTANCE);
    }

    private static RedissonClient client(Site site) {
        Config config = new Config().setThreads(8).setNettyThreads(4).setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress(site.redis().toString())
                .setConnectionPoolSize(8)
                .setConnectionMinimumIdleSize(8);
        return Redisson.create(config);
    }

    private static RLocalCachedMap<String, String> map(RedissonClient client) {
        return client.getLocalCachedMap(LocalCachedMapOptions.<String, String>name(MAP)
                .codec(StringCodec.INSTANCE)
                .cacheProvider(LocalCachedMapOptions.CacheProvider.CAFFEINE)
                .evictionPolicy(LocalCachedMapOptions.EvictionPolicy.LRU)
                .cacheSize(LocalCache.MAXIMUM_ENTRIES)
                .syncStrategy(LocalCachedMapOptions.SyncStrategy.INVALIDATE));
    }

    @Override
    public void fill(Keys keys) {
        List<String> all = keys.all();
        for (int from = 0; from < all.size(); from += CHUNK) {
            List<String> chunk = all.subList(from, Math.min(all.size(), from + CHUNK));
            Map<String, String> entries = new HashMap<>();
            chunk.forEach(key -> entries.put(key, LocalCache.VALUE));
            plain.putAll(entries);
            maps.forEach(map -> map.getAll(new HashSet<>(chunk)));
        }
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return maps.get(subscriber).getCachedMap().containsKey(key);
    }

    @Override
    public Caller caller(Style style) {
        return async && style == Style.STREAM
                ? new FutureCaller(key -> writer.fastRemoveAsync(key), MAX_IN_FLIGHT)
                : new BlockingCaller(writer::fastRemove);
    }

    @Override
    public void close() {
        clients.forEach(RedissonClient::shutdown);
    }
}
