package dev.freshet.demo.app;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Caches users as tutorials do it: Caffeine, and a message over Redis Pub/Sub that names the changed key. Here to be compared with;
 * not to be copied. Two things go wrong: a message that is sent while this process is not subscribed is lost, and nothing notices;
 * and a slow load stores the value that it read before the message arrived.
 */
final class NaiveUsers implements CachedUsers {

    /** The channel that carries the changed keys. */
    static final String CHANNEL = "naive:users";

    private static final Logger log = LoggerFactory.getLogger(NaiveUsers.class);
    private static final long MAXIMUM_ENTRIES = 10_000;
    private static final long PAUSE_MILLIS = 100;

    private final Cache<String, User> cache =
            Caffeine.newBuilder().maximumSize(MAXIMUM_ENTRIES).build();
    private final RedisClient redis;
    private volatile boolean closed;

    NaiveUsers(String redisUri) {
        redis = RedisClient.create(URI.create(redisUri));
        Thread listener = new Thread(this::listen, "naive-listener");
        listener.setDaemon(true);
        listener.start();
    }

    private void listen() {
        while (!closed) {
            try {
                redis.subscribe(
                        new JedisPubSub() {
                            @Override
                            public void onMessage(String channel, String key) {
                                cache.invalidate(key);
                            }
                        },
                        CHANNEL);
            } catch (JedisException e) {
                log.warn("the subscription ended: {}", e.getMessage());
            }
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Override
    public @Nullable User find(long id, Source source) throws Exception {
        User cached = cache.getIfPresent(User.cacheKey(id));
        if (cached != null) {
            return cached;
        }
        User loaded = source.load(id);
        if (loaded != null) {
            cache.put(User.cacheKey(id), loaded);
        }
        return loaded;
    }

    @Override
    public String changed(User user, Instant committedAt) {
        announce(redis, user);
        return "";
    }

    /** Sends the message. Nobody can know who hears it; while Redis is unavailable, nobody does. */
    static void announce(RedisClient redis, User user) {
        try {
            redis.publish(CHANNEL, user.cacheKey());
        } catch (JedisException e) {
            log.warn("the message is lost: {}", e.getMessage());
        }
    }

    @Override
    public List<String> report(long number) {
        return List.of("0 pub/sub 0 0 0");
    }

    @Override
    public void close() {
        closed = true;
        redis.close();
    }
}
