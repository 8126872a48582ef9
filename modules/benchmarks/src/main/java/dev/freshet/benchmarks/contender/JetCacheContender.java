package dev.freshet.benchmarks.contender;

import com.alicp.jetcache.Cache;
import com.alicp.jetcache.CacheResultCode;
import com.alicp.jetcache.MultiLevelCacheBuilder;
import com.alicp.jetcache.SimpleCacheManager;
import com.alicp.jetcache.embedded.CaffeineCache;
import com.alicp.jetcache.embedded.EmbeddedCacheConfig;
import com.alicp.jetcache.redis.lettuce.JetCacheCodec;
import com.alicp.jetcache.redis.lettuce.RedisLettuceCacheBuilder;
import com.alicp.jetcache.support.BroadcastManager;
import com.alicp.jetcache.support.CacheNotifyMonitor;
import com.alicp.jetcache.support.JavaValueDecoder;
import com.alicp.jetcache.support.JavaValueEncoder;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** JetCache: Caffeine before Redis, with broadcast of changes. A fifth instance removes the keys. */
final class JetCacheContender implements Contender {

    private static final String AREA = "default";
    private static final String NAME = "users";

    private final List<Node> nodes = new ArrayList<>();

    /** One application instance. */
    private static final class Node {
        final SimpleCacheManager manager = new SimpleCacheManager();
        final RedisClient client;
        final CaffeineCache<String, String> local;
        final Cache<String, String> cache;

        Node(Site site, int subscriber) {
            client = RedisClient.create(site.redis().toString());
            EmbeddedCacheConfig<String, String> config = new EmbeddedCacheConfig<>();
            config.setLimit(LocalCache.MAXIMUM_ENTRIES);
            config.setExpireAfterWriteInMillis(Duration.ofHours(1).toMillis());
            config.setKeyConvertor(key -> key);
            local = new CaffeineCache<>(config) {
                @Override
                public void __removeAll(Set<? extends String> keys) {
                    super.__removeAll(keys);
                    if (subscriber < SUBSCRIBERS) {
                        keys.forEach(key -> site.arrivals().evicted(subscriber, key));
                    }
                }
            };
            RedisLettuceCacheBuilder<?> builder = RedisLettuceCacheBuilder.createRedisLettuceCacheBuilder();
            builder.setKeyPrefix("jetcache:");
            builder.setKeyConvertor(key -> key);
            builder.setValueEncoder(JavaValueEncoder.INSTANCE);
            builder.setValueDecoder(JavaValueDecoder.INSTANCE);
            builder.setBroadcastChannel("jetcache");
            builder.setExpireAfterWriteInMillis(Duration.ofHours(1).toMillis());
            builder.setRedisClient(client);
            builder.setPubSubConnection(subscription(client));
            cache = MultiLevelCacheBuilder.createMultiLevelCacheBuilder()
                    .addCache(local, builder.buildCache())
                    .buildCache();
            manager.putCache(AREA, NAME, cache);
            BroadcastManager broadcast = builder.createBroadcastManager(manager);
            broadcast.startSubscribe();
            manager.putBroadcastManager(AREA, broadcast);
            // The monitor looks up the broadcast in its constructor, so it is added last.
            cache.config().getMonitors().add(new CacheNotifyMonitor(manager, AREA, NAME));
        }

        @SuppressWarnings("unchecked") // JetCache declares its codec raw
        private static StatefulRedisPubSubConnection<byte[], byte[]> subscription(RedisClient client) {
            return client.connectPubSub((RedisCodec<byte[], byte[]>) new JetCacheCodec());
        }

        void close() {
            manager.close();
            client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        }
    }

    JetCacheContender(Site site) {
        for (int i = 0; i <= SUBSCRIBERS; i++) {
            nodes.add(new Node(site, i));
        }
        // JetCache subscribes in the background: probe until every node hears the writer.
        Keys probe = new Keys(999_000_000, 1);
        fill(probe);
        Waiting.until(() -> {
            Node writer = nodes.get(SUBSCRIBERS);
            writer.cache.remove(probe.key(0));
            return nodes.stream().limit(SUBSCRIBERS).noneMatch(node -> node.local.get(probe.key(0)) != null);
        });
    }

    @Override
    public void fill(Keys keys) {
        for (String key : keys.all()) {
            nodes.stream().limit(SUBSCRIBERS).forEach(node -> node.local.put(key, LocalCache.VALUE));
        }
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return nodes.get(subscriber).local.get(key) != null;
    }

    @Override
    public Caller caller(Style style) {
        return new BlockingCaller(key -> {
            if (nodes.get(SUBSCRIBERS).cache.REMOVE(key).getResultCode() == CacheResultCode.FAIL) {
                throw new IllegalStateException("JetCache failed to remove " + key);
            }
        });
    }

    @Override
    public void close() {
        nodes.forEach(Node::close);
    }
}
