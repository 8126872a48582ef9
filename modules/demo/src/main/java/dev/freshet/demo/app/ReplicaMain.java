package dev.freshet.demo.app;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import redis.clients.jedis.RedisClient;

/** Runs one replica of a small application until a signal ends it: users in SQLite, cached in this process. */
public final class ReplicaMain {

    private static final Duration BOUND = Duration.ofSeconds(1);

    private ReplicaMain() {}

    /** The arguments: a name, the port, the SQLite file. The environment has the address of Redis, with its password. */
    public static void main(String[] args) throws IOException, SQLException {
        String redis = Objects.requireNonNull(System.getenv("FRESHET_REDIS_URI"), "FRESHET_REDIS_URI");
        UserStore store = UserStore.open(Path.of(args[2]));
        CachedUsers users = args[0].equals("naive") ? new NaiveUsers(redis) : new FreshetUsers(redis, args[0], BOUND);
        UsersServer.start(Integer.parseInt(args[1]), store, users, RedisClient.create(URI.create(redis)));
    }
}
