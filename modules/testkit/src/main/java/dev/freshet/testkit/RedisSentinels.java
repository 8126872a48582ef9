package dev.freshet.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A master, its replica and three Sentinels. They always run as processes on this machine, whatever {@code freshet.test.redis} says, because they
 * must reach each other at the addresses that clients use.
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
    /** A Sentinel that stood still for two seconds, as all do on a machine that did, promotes no server for the next 30 s. */
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(3);

    /** More than a busy machine makes a master late, so that only a dead one is replaced. */
    private static final int DOWN_AFTER_MILLIS = 3_000;

    private final List<RedisServer> servers = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();

    private RedisSentinels() {}

    /** Starts all five processes, and waits until the Sentinels know the servers and each other. */
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
                    .withSetting("sentinel down-after-milliseconds " + NAME + " " + DOWN_AFTER_MILLIS)
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

    /** Returns the server that the first Sentinel considers the master, whether or not it is running. */
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
     * Waits until all Sentinels consider another server the master, and that server accepts writes.
     *
     * @throws IllegalStateException if that takes longer than three minutes
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

    /** Starts the replica unless it is running, and waits until it is in sync with the master. */
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
        await("the replica is in sync", () -> replica.execute("INFO", "replication")
                .contains("master_link_status:up"));
        for (RedisServer sentinel : sentinels) {
            await("the Sentinels know all", () -> {
                String info = sentinel.execute("INFO", "sentinel");
                return info.contains("status=ok") && info.contains("slaves=1") && info.contains("sentinels=3");
            });
        }
        // For a moment, the Sentinels still consider a restarted replica dead, and would not promote it.
        await("no Sentinel considers the replica dead", () -> sentinels.stream()
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
        throw new IllegalStateException("Not reached within " + READY_TIMEOUT.toSeconds() + " s: " + what, last);
    }

    /** Kills all servers and removes their data. */
    @Override
    public void close() {
        sentinels.forEach(RedisServer::close);
        servers.forEach(RedisServer::close);
    }
}
