package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The tier where Redis is several servers, and where it is another one than the log's. */
class TierOnTopologiesTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration LONGEST = Duration.ofHours(1);

    /** With hash tags of their own, which must not lead to slots of their own. */
    private static final List<String> KEYS = List.of("user:1", "a{b}c", "{users}", "}{", "{}", "ü{ü}");

    @RegisterExtension
    final Closing open = new Closing();

    private static TierValue value(String text, String... tags) {
        return TierValue.of(text.getBytes(StandardCharsets.UTF_8), List.of(tags), OptionalLong.empty());
    }

    /** Stores what is not there; false while the tier cannot. */
    private static boolean store(RedisTier.Region region, String key, TierValue value) {
        return region.read(key).join() instanceof TierRead.Absent absent
                && region.store(key, absent.lease(), value, LONGEST).join() == TierStored.STORED;
    }

    private static boolean holds(RedisTier.Region region, String key, String text) {
        return region.read(key).join() instanceof TierRead.Found found
                && new String(found.value().bytes(), StandardCharsets.UTF_8).equals(text);
    }

    private void awaitPublished(Publisher publisher, String region, Change change) {
        await().ignoreExceptions().until(() -> publisher
                .publish(region, change)
                .thenApply(receipt -> true)
                .join());
    }

    @Test
    void inAClusterARegionsValuesLieInItsSlotWhateverTheirKeysAndGoWithIt() {
        RedisCluster cluster = open.closing(RedisCluster.started());
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(cluster.uri())));
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(cluster.uri())));
        List<String> regions = regionsOnAllMasters(cluster);
        for (String name : regions) {
            awaitPublished(publisher, name, Change.ofKeys("begin"));
            RedisTier.Region region = tier.region(name, LONGEST);
            RedisServer master = cluster.masterOf(new RedisNames(name).head());
            for (String key : KEYS) {
                await().until(() -> store(region, key, value(key, "team:7")));
                assertThat(holds(region, key, key)).as(name + " " + key).isTrue();
                String stored = new RedisNames(name).value(key);
                assertThat(master.execute("EXISTS", stored)).as(stored).isEqualTo("1");
                assertThat(master.execute("CLUSTER", "KEYSLOT", stored))
                        .isEqualTo(master.execute("CLUSTER", "KEYSLOT", new RedisNames(name).log()));
                TierClaim claim = TierClaim.of(LONGEST);
                assertThat(region.read(key + "?", claim).join())
                        .isInstanceOfSatisfying(TierRead.Absent.class, read -> assertThat(read.loadedUnder())
                                .isEqualTo(claim.name()));
                assertThat(region.release(key + "?", claim).join()).isTrue();
                assertThat(master.execute("EXISTS", new RedisNames(name).loading(0, key + "?")))
                        .isEqualTo("0");
            }
            publisher.publish(name, Change.ofKeys("a{b}c")).join();
            assertThat(region.read("a{b}c").join()).isInstanceOf(TierRead.Absent.class);
            publisher.publish(name, Change.builder().prefixes("{").build()).join();
            assertThat(region.read("{users}").join()).isInstanceOf(TierRead.Absent.class);
            assertThat(holds(region, "user:1", "user:1")).isTrue();
            publisher.publish(name, Change.builder().tags("team:7").build()).join();
            assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        }

        // The slot goes to another master: another server, so another epoch, and no value of the old one.
        String moved = regions.get(0);
        RedisTier.Region region = tier.region(moved, LONGEST);
        assertThat(store(region, "user:1", value("before"))).isTrue();
        cluster.moveSlotOf(new RedisNames(moved).head());
        awaitPublished(publisher, moved, Change.ofKeys("other"));
        await().until(() -> region.read("user:1").join() instanceof TierRead.Absent);
        assertThat(store(region, "user:1", value("after"))).isTrue();
        assertThat(holds(region, "user:1", "after")).isTrue();
        assertThat(cluster.masterOf(new RedisNames(moved).head())
                        .execute("EXISTS", new RedisNames(moved).value("user:1")))
                .isEqualTo("1");
        RedisTier.Region stayed = tier.region(regions.get(1), LONGEST);
        assertThat(store(stayed, "user:1", value("untouched")) && holds(stayed, "user:1", "untouched"))
                .isTrue();
    }

    private static List<String> regionsOnAllMasters(RedisCluster cluster) {
        List<String> names = new ArrayList<>();
        List<RedisServer> seen = new ArrayList<>();
        IntStream.range(0, 1000)
                .mapToObj(i -> "region" + i)
                .takeWhile(name -> seen.size() < 3)
                .forEach(name -> {
                    RedisServer master = cluster.masterOf(new RedisNames(name).head());
                    if (!seen.contains(master)) {
                        seen.add(master);
                        names.add(name);
                    }
                });
        assertThat(names).hasSize(3);
        return names;
    }

    @Test
    void behindSentinelsNoValueOfTheDeadMasterIsReadableAndTheNewOneKeepsItsOwn() {
        RedisSentinels sentinels = open.closing(RedisSentinels.started());
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(sentinels.uri())));
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(sentinels.uri())));
        RedisTier.Region region = tier.region("users", LONGEST);
        awaitPublished(publisher, "users", Change.ofKeys("begin"));
        await().until(() -> store(region, "user:1", value("before")));
        RedisServer old = sentinels.master();
        RedisServer replica = sentinels.replica();
        await().until(() ->
                replica.execute("EXISTS", "freshet:{users}:value:user:1").equals("1"));

        old.kill();
        sentinels.awaitFailover(old);
        awaitPublished(publisher, "users", Change.ofKeys("other"));

        assertThat(replica.execute("EXISTS", "freshet:{users}:value:user:1"))
                .as("it is there, and of an epoch that is over")
                .isEqualTo("1");
        await().until(() -> region.read("user:1").join() instanceof TierRead.Absent);
        await().until(() -> store(region, "user:1", value("after")));
        assertThat(holds(region, "user:1", "after")).isTrue();
        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
    }

    @Test
    void whereTheTierIsAnotherRedisThanTheLogsNothingIsKeptThereAndNothingRead() {
        try (RedisServer elsewhere = RedisServer.started()) {
            Publisher publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
            RedisTier tier = open.closing(RedisTier.connect(Patient.tier(elsewhere.uri())));
            RedisTier.Region region = tier.region("users", LONGEST);
            publisher.publish("users", Change.ofKeys("begin")).join();

            // No append comes by there that could invalidate anything.
            assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Unavailable.class);
            assertThat(elsewhere.execute("DBSIZE")).isEqualTo("0");
        }
    }
}
