package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.source.CheckpointStore;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deployments that share a server, in databases or namespaces of their own, know nothing of each other. */
class NamespaceTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    /** One deployment, with a region of the same name as all others. */
    private final class Deployment {
        private final RedisConfig redis;
        private final RecordingReader reader = new RecordingReader();
        private final Publisher publisher;
        private final Subscriber subscriber;
        private final RedisTier.Region tier;

        Deployment(RedisConfig redis) {
            this.redis = redis;
            this.publisher = open.closing(
                    Publisher.connect(Patient.publisher(redis.uri()).withRedis(redis)));
            SubscriberConfig config = Patient.subscriber(redis.uri()).withRedis(redis);
            this.subscriber = open.closing(Subscriber.connect(config, Map.of("users", reader)));
            this.tier = open.closing(
                            RedisTier.connect(RedisTierConfig.of(redis, "test").withTimeout(redis.commandTimeout())))
                    .region("users", Duration.ofMinutes(1));
            await().until(() -> publisher.isConnected() && subscriber.isCaughtUp());
        }

        Position publish(String key) {
            Receipt receipt = publisher
                    .publish("users", Change.builder().keys(key).awaited().build())
                    .join();
            AwaitResult applied = publisher
                    .awaitApplied(List.of(receipt), redis.commandTimeout())
                    .join();
            assertThat(applied.members()).isEqualTo(1);
            assertThat(applied.isComplete()).isTrue();
            return receipt.position();
        }

        void store(String value) {
            await().until(() -> tier.read("a").join() instanceof TierRead.Absent absent
                    && tier.store("a", absent.lease(), tierValue(value), Duration.ofMinutes(1))
                                    .join()
                            == TierStored.STORED);
        }

        String stored() {
            return tier.read("a").join() instanceof TierRead.Found found
                    ? new String(found.value().bytes(), StandardCharsets.UTF_8)
                    : "";
        }
    }

    private static TierValue tierValue(String text) {
        return TierValue.of(text.getBytes(StandardCharsets.UTF_8), List.of(), OptionalLong.empty());
    }

    private void assertTheyKnowNothingOfEachOther(Deployment one, Deployment other) {
        one.store("of one");
        other.store("of other");
        for (int i = 0; i < 20; i++) {
            one.publish("one-" + i);
            other.publish("other-" + i);
        }
        assertThat(one.reader.keys()).hasSize(20).allMatch(key -> key.startsWith("one-"));
        assertThat(other.reader.keys()).hasSize(20).allMatch(key -> key.startsWith("other-"));
        assertThat(one.reader.resets()).as("80 in 6 s before").isEqualTo(other.reader.resets());
        assertThat(one.reader.events())
                .filteredOn(event -> event.startsWith("reset"))
                .hasSizeLessThan(2);
        assertThat(one.publisher
                        .dryRun("users", List.of(Selector.all()), one.redis.commandTimeout())
                        .join()
                        .members())
                .isEqualTo(1);
        one.publish("a");
        assertThat(one.stored()).isEmpty();
        assertThat(other.stored()).isEqualTo("of other");

        CheckpointStore ofOne = open.closing(new CheckpointStore(one.redis, "shop"));
        CheckpointStore ofOther = open.closing(new CheckpointStore(other.redis, "shop"));
        ofOne.take();
        ofOther.take();
        ofOne.write(Map.of("offset", "1"));
        assertThat(ofOther.take()).isEmpty();
        LogReader log = open.closing(LogReader.of(one.redis, "users"));
        assertThat(log.read(0, 100, Duration.ZERO)).hasSize(21);
    }

    @Test
    void databasesOfOneServer() {
        Deployment one = new Deployment(Patient.redis(REDIS.uri()));
        assertTheyKnowNothingOfEachOther(one, new Deployment(Patient.redis(REDIS.uri() + "/1")));
        assertThat(REDIS.server()
                        .execute("PUBSUB", "CHANNELS", "freshet:{users}:v1*")
                        .lines())
                .contains("freshet:{users}:v1", "freshet:{users}:v1:db1");
    }

    @Test
    void namespacesOfOneDatabase() {
        Deployment one = new Deployment(Patient.redis(REDIS.uri()));
        assertTheyKnowNothingOfEachOther(
                one, new Deployment(Patient.redis(REDIS.uri()).withNamespace("shop")));
        assertThat(one.publisher.regions().join()).containsExactly("users");
        assertThat(REDIS.server().execute("KEYS", "*").lines())
                .allMatch(key -> key.startsWith("freshet:") || key.startsWith("shop:"))
                .contains("shop:{users}:log", "shop:regions", "shop:{users}:value:a");
    }

    @Test
    void namespacesOfOneCluster() {
        RedisCluster cluster = open.closing(RedisCluster.started());
        RedisConfig redis = Patient.redis(cluster.uri());
        assertTheyKnowNothingOfEachOther(
                new Deployment(redis.withNamespace("a.b")), new Deployment(redis.withNamespace("a")));
        // The region alone is the hash tag: a namespace moves nothing to another slot.
        assertThat(cluster.masterOf("a:{users}:log")).isSameAs(cluster.masterOf("freshet:{users}:head"));
    }

    @Test
    void aUserThatMayOnlyDoWhatANamespaceNeedsCanWorkInIt() {
        REDIS.server()
                .execute(
                        "ACL", "SETUSER", "shop", "reset", "on", ">pw", "~shop:*", "resetchannels", "&shop:*", "+@all");
        try {
            String uri = REDIS.uri().replace("redis://", "redis://shop:pw@") + "/1";
            Deployment shop = new Deployment(Patient.redis(uri).withNamespace("shop"));
            shop.publish("a");
            shop.store("v");
            assertThat(shop.publisher.misconfiguration()).isNull();
            assertThat(shop.subscriber.misconfiguration()).isNull();
        } finally {
            REDIS.server().execute("ACL", "DELUSER", "shop");
        }
    }
}
