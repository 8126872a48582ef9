package dev.freshet.demo.app;

import java.io.IOException;
import java.util.Objects;
import redis.clients.jedis.RedisClient;

/**
 * Runs one replica of a small application until a signal ends it: users in Redis, read with an ordinary client. Nothing here knows
 * Freshet. A sidecar is in use if the address of Redis is that of its RESP port.
 */
public final class PlainReplicaMain {

    private PlainReplicaMain() {}

    /** The arguments: a name and the port. The environment has the address of Redis, with its password. */
    public static void main(String[] args) throws IOException {
        String address = Objects.requireNonNull(System.getenv("REDIS_URI"), "REDIS_URI");
        RedisClient redis = RedisClient.create(address);
        CachedUsers users = args[0].equals("naive") ? new NaiveUsers(address) : new UncachedUsers();
        UsersServer.start(Integer.parseInt(args[1]), new RedisUsers(redis), users, redis);
    }
}
