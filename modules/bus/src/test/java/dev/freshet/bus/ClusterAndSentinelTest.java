package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The same line where Redis is several servers. */
class ClusterAndSentinelTest {

    private static final int SLOTS = 16_384;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T closing(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private static String command(int port, Protocol.Command command, String... arguments) {
        try (Jedis jedis = new Jedis("127.0.0.1", port)) {
            Object reply = jedis.sendCommand(command, arguments);
            return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : "" + reply;
        }
    }

    private int[] cluster(HostRedis redis) {
        int[] ports = IntStream.range(0, 3)
                .map(i -> redis.start("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"))
                .toArray();
        for (int i = 0; i < ports.length; i++) {
            String[] slots = IntStream.range(SLOTS * i / 3, SLOTS * (i + 1) / 3)
                    .mapToObj(Integer::toString)
                    .toArray(String[]::new);
            String[] arguments = new String[slots.length + 1];
            arguments[0] = "ADDSLOTS";
            System.arraycopy(slots, 0, arguments, 1, slots.length);
            command(ports[i], Protocol.Command.CLUSTER, arguments);
            command(ports[i], Protocol.Command.CLUSTER, "MEET", "127.0.0.1", Integer.toString(ports[0]));
        }
        for (int port : ports) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> command(port, Protocol.Command.CLUSTER, "INFO").contains("cluster_state:ok"));
        }
        return ports;
    }

    /** Region names whose slots lie on three different masters, two on each. */
    private static List<String> regionsOnAllThree() {
        Map<Integer, List<String>> byMaster = new TreeMap<>();
        for (int i = 0; byMaster.values().stream().mapToInt(List::size).sum() < 6; i++) {
            String region = "region" + i;
            int slot = JedisClusterCRC16.getSlot(new RedisNames(region).head());
            List<String> there = byMaster.computeIfAbsent(Math.min(2, slot * 3 / SLOTS), master -> new ArrayList<>());
            if (there.size() < 2) {
                there.add(region);
            }
        }
        return byMaster.values().stream().flatMap(List::stream).toList();
    }

    @Test
    void inAClusterEachRegionLivesOnItsMasterAndAMovedSlotIsFollowed() {
        HostRedis redis = closing(new HostRedis());
        int[] ports = cluster(redis);
        String uri = "redis-cluster://127.0.0.1:" + ports[0];
        List<String> regions = regionsOnAllThree();
        Map<String, RecordingReader> readers = new HashMap<>();
        regions.forEach(region -> readers.put(region, new RecordingReader()));

        Subscriber subscriber =
                closing(Subscriber.connect(SubscriberConfig.of(uri).withHeartbeat(Duration.ofMillis(100)), readers));
        await().atMost(Duration.ofSeconds(20)).until(subscriber::isCaughtUp);
        Publisher publisher = closing(Publisher.connect(PublisherConfig.of(uri)));
        for (String region : regions) {
            publisher.publish(region, Change.ofKeys("a-" + region)).join();
        }
        readers.forEach((region, reader) ->
                await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("a-" + region)));
        assertThat(publisher.regions().join()).containsExactlyInAnyOrderElementsOf(regions);

        // The first region's slot, with what is in it, moves to another master.
        String moved = regions.get(0);
        int slot = JedisClusterCRC16.getSlot(new RedisNames(moved).head());
        int from = ports[Math.min(2, slot * 3 / SLOTS)];
        int to = from == ports[2] ? ports[0] : ports[2];
        move(slot, from, to, ports);
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> publisher
                .publish(moved, Change.ofKeys("b"))
                .thenApply(receipt -> true)
                .join());
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(reader(readers, moved).keys()).contains("b"));
        await().until(() -> subscriber.region(moved).state() == RegionSubscription.State.LIVE);
        for (String region : regions.subList(1, regions.size())) {
            assertThat(reader(readers, region).resets()).isEmpty();
        }
    }

    private static RecordingReader reader(Map<String, RecordingReader> readers, String region) {
        return Objects.requireNonNull(readers.get(region));
    }

    private static void move(int slot, int from, int to, int[] ports) {
        String fromId = command(from, Protocol.Command.CLUSTER, "MYID");
        String toId = command(to, Protocol.Command.CLUSTER, "MYID");
        String number = Integer.toString(slot);
        command(to, Protocol.Command.CLUSTER, "SETSLOT", number, "IMPORTING", fromId);
        command(from, Protocol.Command.CLUSTER, "SETSLOT", number, "MIGRATING", toId);
        try (Jedis jedis = new Jedis("127.0.0.1", from)) {
            Object keys = jedis.sendCommand(Protocol.Command.CLUSTER, "GETKEYSINSLOT", number, "1000");
            for (Object key : (List<?>) keys) {
                command(
                        from,
                        Protocol.Command.MIGRATE,
                        "127.0.0.1",
                        Integer.toString(to),
                        new String((byte[]) key, StandardCharsets.UTF_8),
                        "0",
                        "5000");
            }
        }
        for (int port : ports) {
            command(port, Protocol.Command.CLUSTER, "SETSLOT", number, "NODE", toId);
        }
    }

    @Test
    void behindSentinelsAFailoverIsFollowedAndNothingStaysStale() {
        HostRedis redis = closing(new HostRedis());
        int master = HostRedis.freePort();
        Process masterProcess = redis.startOn(master);
        int replica = redis.start("--replicaof", "127.0.0.1 " + master);
        await().atMost(Duration.ofSeconds(20)).until(() -> command(replica, Protocol.Command.INFO, "replication")
                .contains("master_link_status:up"));
        StringBuilder uri = new StringBuilder("redis-sentinel://");
        List<Integer> sentinels = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int port = redis.startSentinel(master, 2);
            sentinels.add(port);
            uri.append(i == 0 ? "" : ",").append("127.0.0.1:").append(port);
        }
        uri.append("/main");
        for (int sentinel : sentinels) {
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                String info = command(sentinel, Protocol.Command.INFO, "sentinel");
                return info.contains("slaves=1") && info.contains("sentinels=3");
            });
        }

        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = closing(Subscriber.connect(
                SubscriberConfig.of(uri.toString()).withHeartbeat(Duration.ofMillis(100)), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
        List<String> again = new CopyOnWriteArrayList<>();
        Publisher publisher = closing(Publisher.connect(PublisherConfig.of(uri.toString()), new PublisherListener() {
            @Override
            public void appendedAgain(String region, int records) {
                again.add(region);
            }
        }));
        publisher.publish("users", Change.ofKeys("before")).join();
        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("before"));

        masterProcess.destroyForcibly();

        await().atMost(Duration.ofSeconds(40)).ignoreExceptions().until(() -> publisher
                .publish("users", Change.ofKeys("after"))
                .thenApply(receipt -> true)
                .join());
        assertThat(again).as("what the dead master had acknowledged").contains("users");
        // What was appended before the subscriber came back is covered by its reset; what comes later arrives.
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(reader.resets()).isNotEmpty());
        publisher.publish("users", Change.ofKeys("later")).join();
        await().untilAsserted(() -> assertThat(reader.keys()).contains("later"));
    }
}
