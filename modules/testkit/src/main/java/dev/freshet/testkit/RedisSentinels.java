package dev.freshet.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A master, its replica and three Sentinels that watch over them, as processes of this machine whatever {@code
 * freshet.test.redis} says: they must reach each other at the addresses that clients use.
 *
 * <pre>{@code
 * try (RedisSentinels sentinels = RedisSentinels.started()) {
 *     var client = connectTo(sentinels.uri());
 *     RedisServer old = sentinels.master();
 *     old.kill();
 *     sentinels.awaitFailover(old);
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class RedisSentinels implements AutoCloseable {

    private static final String NAME = "main";
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    /** Starts all five and returns when the Sentinels know the servers and each other. */
    public static RedisSentinels started() {
        RedisSentinels all = new RedisSentinels();
        try {
            all.start();
            return all;
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private void start() {
        RedisServer master = RedisServer.builder().onThisMachine().start();
        servers.add(master);
        servers.add(RedisServer.builder()
                .onThisMachine()
                .withSetting("replicaof 127.0.0.1 " + master.port())
                .start());
        for (int i = 0; i < 3; i++) {
            sentinels.add(RedisServer.builder()
                    .onThisMachine()
                    .withSetting("sentinel monitor " + NAME + " 127.0.0.1 " + master.port() + " 2")
                    .withSetting("sentinel down-after-milliseconds " + NAME + " 1000")
                    .withSetting("sentinel failover-timeout " + NAME + " 3000")
                    .start());
        }
        awaitReplica();
    }

    /** Returns {@code redis-sentinel://…} with the addresses of all Sentinels and the master's name. */
    public String uri() {
        return sentinels.stream()
                .map(sentinel -> sentinel.host() + ":" + sentinel.port())
                .collect(Collectors.joining(",", "redis-sentinel://", "/" + NAME));
    }

    /** Returns the server that the first Sentinel takes for the master, alive or not. */
    public RedisServer master() {
        List<String> address = sentinels
                .get(0)
                .execute("SENTINEL", "get-master-addr-by-name", NAME)
                .lines()
                .toList();
        return servers.stream()
                .filter(server -> address.get(1).equals(Integer.toString(server.port())))
                .findFirst()
                .orElseThrow();
    }

    /** Returns the server that is not the {@link #master()}. */
    public RedisServer replica() {
        RedisServer master = master();
        return servers.stream().filter(server -> server != master).findFirst().orElseThrow();
    }

    /**
     * Returns when all Sentinels take another server than this one for the master, and that one takes writes.
     *
     * @throws IllegalStateException if that does not happen within a minute
     */
    public void awaitFailover(RedisServer old) {
        String port = Integer.toString(old.port());
        await(
                "a failover",
                () -> sentinels.stream()
                                .noneMatch(sentinel -> sentinel.execute("SENTINEL", "get-master-addr-by-name", NAME)
                                        .lines()
                                        .toList()
                                        .get(1)
                                        .equals(port))
                        && role(master()).equals("master"));
    }

    /** Starts the server that is not the master, if it does not run, and returns when it is in step as a replica. */
    public void restoreReplica() {
        RedisServer replica = replica();
        replica.start();
        if (!role(replica).equals("slave")) {
            replica.execute("REPLICAOF", "127.0.0.1", Integer.toString(master().port()));
        }
        awaitReplica();
    }

    private void awaitReplica() {
        RedisServer replica = replica();
        await("the replica is in step", () -> replica.execute("INFO", "replication")
                .contains("master_link_status:up"));
        for (RedisServer sentinel : sentinels) {
            await("the Sentinels know all", () -> {
                String info = sentinel.execute("INFO", "sentinel");
                return info.contains("status=ok") && info.contains("slaves=1") && info.contains("sentinels=3");
            });
        }
        // A replica that was away is no candidate for a moment longer.
        await("no Sentinel takes the replica for dead", () -> sentinels.stream()
                .noneMatch(sentinel ->
                        sentinel.execute("SENTINEL", "replicas", NAME).contains("s_down")));
    }

    private static String role(RedisServer server) {
        return server.execute("ROLE").lines().findFirst().orElse("");
    }

    private static void await(String what, BooleanSupplier condition) {
        long deadlineNanos = System.nanoTime() + READY_TIMEOUT.toNanos();
        @Nullable RuntimeException last = null;
        while (System.nanoTime() - deadlineNanos < 0) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (RuntimeException e) {
                last = e;
            }
            Pause.millis(20);
        }
        throw new IllegalStateException("waited for too long: " + what, last);
    }

    /** Kills all servers and removes their data. */
    @Override
    public void close() {
        sentinels.forEach(RedisServer::close);
        servers.forEach(RedisServer::close);
    }
}
