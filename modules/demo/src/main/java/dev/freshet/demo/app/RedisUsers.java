package dev.freshet.demo.app;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Stores each user as JSON under one key of Redis. Safe to use from any thread. */
public final class RedisUsers implements UserSource {

    /** Counts and sets in one step: of two changes at the same time, the one with the higher version stays. */
    private static final String RENAME = """
            if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
            local version = redis.call('INCR', KEYS[2])
            redis.call('SET', KEYS[1],
                '{"id":' .. ARGV[1] .. ',"name":"' .. ARGV[2] .. '","version":' .. version .. '}')
            return version
            """;

    /** One more than the pool has connections, all of which the server may have closed while they were idle. */
    private static final int ATTEMPTS = 9;

    private final RedisClient redis;

    /**
     * Creates users 1 to {@code users} with version 1. To be called once, before replicas read.
     *
     * @return false if Redis has keys of these names; then it is left as it is
     */
    public static boolean create(RedisClient redis, int users) {
        String[] keysAndValues = LongStream.rangeClosed(1, users)
                .boxed()
                .flatMap(id -> Stream.of(
                        User.cacheKey(id),
                        new User(id, "User " + id, 1).toJson().strip(),
                        versionKey(id),
                        "1"))
                .toArray(String[]::new);
        return redis.msetnx(keysAndValues) == 1;
    }

    /** Removes what {@link #create} made. */
    public static void delete(RedisClient redis, int users) {
        redis.unlink(LongStream.rangeClosed(1, users)
                .boxed()
                .flatMap(id -> Stream.of(User.cacheKey(id), versionKey(id)))
                .toArray(String[]::new));
    }

    /** @param redis not closed here */
    RedisUsers(RedisClient redis) {
        this.redis = redis;
    }

    @Override
    public @Nullable User find(long id) {
        String json = repeated(() -> redis.get(User.cacheKey(id)));
        return json == null ? null : User.parse(json);
    }

    /** Counts twice if the connection breaks before the answer: versions may have gaps, but never go back. */
    @Override
    public @Nullable User rename(long id, String name) {
        Object version = repeated(
                () -> redis.eval(RENAME, List.of(User.cacheKey(id), versionKey(id)), List.of(Long.toString(id), name)));
        return version instanceof Long number ? new User(id, name, number) : null;
    }

    private static <T> @Nullable T repeated(Supplier<@Nullable T> command) {
        for (int attempt = 1; ; attempt++) {
            try {
                return command.get();
            } catch (JedisConnectionException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static String versionKey(long id) {
        return "version:" + User.cacheKey(id);
    }
}
