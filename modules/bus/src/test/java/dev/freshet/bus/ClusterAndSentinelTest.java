package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Publishing and following where Redis is several servers: a cluster, and masters behind Sentinels. */
class ClusterAndSentinelTest {

    private static final int SLOTS = 16_384;

    @RegisterExtension
    final Closing open = new Closing();

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
        RedisCluster cluster = open.closing(RedisCluster.started());
        String uri = cluster.uri();
        List<String> regions = regionsOnAllThree();
        Map<String, RecordingReader> readers = new HashMap<>();
        regions.forEach(region -> readers.put(region, new RecordingReader()));

        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(uri), readers));
        await().until(subscriber::isCaughtUp);
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(uri)));
        for (String region : regions) {
            publisher.publish(region, Change.ofKeys("a-" + region)).join();
        }
        readers.forEach((region, reader) ->
                await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("a-" + region)));
        assertThat(publisher.regions().join()).containsExactlyInAnyOrderElementsOf(regions);

        // The first region's slot, with what is in it, moves to another master.
        String moved = regions.get(0);
        cluster.moveSlotOf(new RedisNames(moved).head());
        await().ignoreExceptions().until(() -> publisher
                .publish(moved, Change.ofKeys("b"))
                .thenApply(receipt -> true)
                .join());
        // What was appended before the subscriber found the new master is covered by its reset; what comes later
        // arrives.
        RecordingReader reader = reader(readers, moved);
        await().until(() -> reader.keys().contains("b") || !reader.resets().isEmpty());
        await().until(() -> subscriber.region(moved).state() == RegionSubscription.State.LIVE);
        publisher.publish(moved, Change.ofKeys("later")).join();
        await().untilAsserted(() -> assertThat(reader.keys()).contains("later"));
        for (String region : regions.subList(1, regions.size())) {
            assertThat(reader(readers, region).resets()).isEmpty();
        }
    }

    private static RecordingReader reader(Map<String, RecordingReader> readers, String region) {
        return Objects.requireNonNull(readers.get(region));
    }

    @Test
    void behindSentinelsAFailoverIsFollowedAndNothingStaysStale() {
        RedisSentinels sentinels = open.closing(RedisSentinels.started());
        String uri = sentinels.uri();
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(uri), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
        List<String> again = new CopyOnWriteArrayList<>();
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(uri), new PublisherListener() {
            @Override
            public void appendedAgain(String region, int records) {
                again.add(region);
            }
        }));
        publisher.publish("users", Change.ofKeys("before")).join();
        await().untilAsserted(() -> assertThat(reader.keys()).containsExactly("before"));

        RedisServer master = sentinels.master();
        master.kill();
        sentinels.awaitFailover(master);

        await().ignoreExceptions().until(() -> publisher
                .publish("users", Change.ofKeys("after"))
                .thenApply(receipt -> true)
                .join());
        assertThat(again).as("what the dead master had acknowledged").contains("users");
        // What was appended before the subscriber came back is covered by its reset; what comes later arrives.
        await().untilAsserted(() -> assertThat(reader.resets()).isNotEmpty());
        publisher.publish("users", Change.ofKeys("later")).join();
        await().untilAsserted(() -> assertThat(reader.keys()).contains("later"));
    }
}
