package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Regions that are followed and left while the subscriber runs, where they live on several masters. */
class FollowInClusterTest {

    @RegisterExtension
    final Closing open = new Closing();

    private final Map<String, RecordingReader> readers = new ConcurrentHashMap<>();
    private final Queue<String> links = new ConcurrentLinkedQueue<>();
    private final RedisCluster cluster = RedisCluster.started();

    FollowInClusterTest() {
        open.closing(cluster);
    }

    private Subscriber subscriber(String name) {
        SubscriberConfig config = Patient.subscriber(cluster.uri()).withName(name);
        return open.closing(Subscriber.connect(config, Map.of(), new SubscriberListener() {
            @Override
            public void connected(String node) {
                links.add("connected");
            }

            @Override
            public void disconnected(String node, String why) {
                links.add("lost: " + why);
            }
        }));
    }

    /** Names of regions that live on a master. */
    private List<String> regionsOn(RedisServer master, int count) {
        List<String> regions = new ArrayList<>();
        for (int i = 0; regions.size() < count; i++) {
            if (cluster.masterOf(new RedisNames("region" + i).head()) == master) {
                regions.add("region" + i);
            }
        }
        return regions;
    }

    private RegionSubscription follow(Subscriber subscriber, String region) {
        RecordingReader reader = new RecordingReader();
        readers.put(region, reader);
        return subscriber.follow(region, reader);
    }

    private RecordingReader reader(String region) {
        RecordingReader reader = readers.get(region);
        if (reader == null) {
            throw new IllegalStateException("nobody follows " + region);
        }
        return reader;
    }

    private static long connections(RedisServer master, String name) {
        return master.execute("CLIENT", "LIST")
                .lines()
                .filter(line -> line.contains("name=freshet-" + name + " "))
                .count();
    }

    private static boolean hasRow(RedisServer master, Subscriber subscriber, String region) {
        return master.execute("HEXISTS", new RedisNames(region).members(), subscriber.memberId())
                .contains("1");
    }

    @Test
    void eachMasterHasOnePairOfConnectionsAsLongAsOneOfItsRegionsIsFollowed() {
        Subscriber subscriber = subscriber("pairs");
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(cluster.uri())));
        List<RedisServer> masters = cluster.masters();
        List<String> all = new ArrayList<>();
        for (RedisServer master : masters) {
            all.addAll(regionsOn(master, 4));
        }
        for (String region : all) {
            follow(subscriber, region).caughtUp().join();
        }
        for (RedisServer master : masters) {
            await().until(() -> connections(master, "pairs") == 2);
        }
        assertThat(links)
                .as("regions that join disturb no others")
                .containsOnly("connected")
                .hasSize(3);
        for (String region : all) {
            publisher.publish(region, Change.ofKeys("a")).join();
        }
        for (String region : all) {
            await().untilAsserted(() -> assertThat(reader(region).events()).containsExactly("joined", "key a"));
        }

        // One of four leaves: its master's other regions notice nothing, not even that a subscription ended.
        RedisServer first = masters.get(0);
        List<String> ofFirst = regionsOn(first, 4);
        assertThat(subscriber.unfollow(ofFirst.get(0))).isTrue();
        assertThat(hasRow(first, subscriber, ofFirst.get(0))).isFalse();
        for (String region : all) {
            publisher.publish(region, Change.ofKeys("b")).join();
        }
        for (String region : all) {
            if (!region.equals(ofFirst.get(0))) {
                await().untilAsserted(() -> assertThat(reader(region).keys()).containsExactly("a", "b"));
            }
        }
        assertThat(reader(ofFirst.get(0)).keys()).containsExactly("a");
        assertThat(links).hasSize(3);

        // Then the rest of that master's.
        for (String region : ofFirst.subList(1, 4)) {
            assertThat(subscriber.unfollow(region)).isTrue();
            assertThat(hasRow(first, subscriber, region)).isFalse();
        }
        await().until(() -> connections(first, "pairs") == 0);
        assertThat(connections(masters.get(1), "pairs")).isEqualTo(2);

        follow(subscriber, ofFirst.get(2)).caughtUp().join();
        publisher.publish(ofFirst.get(2), Change.ofKeys("c")).join();
        await().untilAsserted(() -> assertThat(reader(ofFirst.get(2)).events()).containsExactly("joined", "key c"));
    }

    @Test
    void manyRegionsFollowedAtOnceFindTheirMasters() {
        Subscriber subscriber = subscriber("many");
        List<CompletableFuture<Void>> joined = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            joined.add(follow(subscriber, "region" + i).caughtUp());
        }
        joined.forEach(CompletableFuture::join);
        for (RedisServer master : cluster.masters()) {
            await().until(() -> connections(master, "many") == 2);
        }
        // Those that left at once are not brought back by regions that still look for their masters.
        for (int i = 60; i < 120; i++) {
            follow(subscriber, "region" + i);
            subscriber.unfollow("region" + (i % 2 == 0 ? i : i - 60));
        }
        await().until(subscriber::isCaughtUp);
        assertThat(subscriber.regions()).hasSize(60);
        for (RedisServer master : cluster.masters()) {
            await().until(() -> connections(master, "many") == 2);
        }
    }

    @Test
    void regionsThatSeveralThreadsFollowAtOnceGetOneLinkToEachMaster() {
        for (int round = 0; round < 3; round++) {
            String name = "crowd" + round;
            Subscriber subscriber = subscriber(name);
            List<CompletableFuture<RegionSubscription>> followed = IntStream.range(0, 48)
                    .mapToObj(i -> Background.call(() -> follow(subscriber, "region" + i)))
                    .toList();
            followed.forEach(each -> each.join().caughtUp().join());
            for (RedisServer master : cluster.masters()) {
                await().until(() -> connections(master, name) == 2);
            }
            subscriber.close();
        }
    }

    @Test
    void aMasterThatALinksFirstRegionMovesToKeepsItsOneLink() {
        Subscriber subscriber = subscriber("first");
        RedisServer from = cluster.masters().get(0);
        RedisServer to = cluster.masters().get(1);
        List<String> regions = new ArrayList<>(regionsOn(from, 3));
        regions.addAll(regionsOn(to, 1));
        regions.forEach(region -> follow(subscriber, region).caughtUp().join());
        await().until(() -> connections(from, "first") == 2 && connections(to, "first") == 2);

        String moved = regions.get(0);
        cluster.moveSlotOf(new RedisNames(moved).head());
        Confirmation confirmation = subscriber.region(moved).confirmation();
        await().until(() ->
                subscriber.region(moved).state() != RegionSubscription.State.LIVE || hasRow(to, subscriber, moved));
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(cluster.uri())));
        for (String region : regions) {
            await().ignoreExceptions().until(() -> publisher
                    .publish(region, Change.ofKeys("b"))
                    .thenApply(receipt -> true)
                    .join());
            await().until(() -> reader(region).keys().contains("b")
                    || !reader(region).resets().isEmpty());
        }
        long before = confirmation.confirmedAtMicros();
        await().until(() -> confirmation.confirmedAtMicros() > before);
        await().untilAsserted(() -> assertThat(connections(to, "first")).isEqualTo(2));
        await().untilAsserted(() -> assertThat(connections(from, "first")).isEqualTo(2));
    }

    @Test
    void aRegionWhoseSlotMovesIsFollowedAndLeftWhereItGoes() {
        Subscriber subscriber = subscriber("moves");
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(cluster.uri())));
        List<String> regions = regionsOn(cluster.masters().get(0), 3);
        for (String region : regions) {
            follow(subscriber, region).caughtUp().join();
        }
        String moved = regions.get(1);
        cluster.moveSlotOf(new RedisNames(moved).head());
        await().ignoreExceptions().until(() -> publisher
                .publish(moved, Change.ofKeys("b"))
                .thenApply(receipt -> true)
                .join());
        await().until(() ->
                reader(moved).keys().contains("b") || !reader(moved).resets().isEmpty());

        RedisServer there = cluster.masterOf(new RedisNames(moved).head());
        await().until(() -> hasRow(there, subscriber, moved));
        assertThat(subscriber.unfollow(moved)).isTrue();
        assertThat(hasRow(there, subscriber, moved)).isFalse();
        await().until(() -> connections(there, "moves") == 0);
        int heard = reader(moved).events().size();
        publisher.publish(moved, Change.ofKeys("unheard")).join();
        publisher.publish(regions.get(0), Change.ofKeys("heard")).join();
        await().untilAsserted(() -> assertThat(reader(regions.get(0)).keys()).contains("heard"));
        assertThat(reader(moved).events()).hasSize(heard);
    }
}
