package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.source.CheckpointStore;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An endpoint (a DNS name, a Kubernetes Service, a proxy) moves to a new master. The former one lives on, and connections to it
 * stay open: only what it says can show that it is no longer the one to talk to.
 */
@SuppressWarnings("NullAway.Init") // before each test
class MovedEndpointTest {

    @RegisterExtension
    final RedisExtension former = RedisExtension.with(RedisServer.Builder::onThisMachine);

    @RegisterExtension
    final RedisExtension next = RedisExtension.with(RedisServer.Builder::onThisMachine);

    @RegisterExtension
    final Closing open = new Closing();

    private FaultProxy endpoint;

    /** What becomes of the former master. */
    enum Fate {
        REPLICA_OF_THE_NEXT {
            @Override
            void befalls(RedisServer former, RedisServer next) {
                former.execute("REPLICAOF", next.host(), Integer.toString(next.port()));
                awaitLink(former);
            }
        },
        REPLICA_WITHOUT_A_MASTER {
            @Override
            void befalls(RedisServer former, RedisServer next) {
                former.execute("REPLICAOF", next.host(), "1");
            }
        },
        REPLICA_THAT_SERVES_NOTHING_STALE {
            @Override
            void befalls(RedisServer former, RedisServer next) {
                former.execute("CONFIG", "SET", "replica-serve-stale-data", "no");
                former.execute("REPLICAOF", next.host(), "1");
            }
        },
        MASTER_THAT_LACKS_REPLICAS {
            @Override
            void befalls(RedisServer former, RedisServer next) {
                former.execute("CONFIG", "SET", "min-replicas-to-write", "1");
            }
        };

        abstract void befalls(RedisServer former, RedisServer next);
    }

    @BeforeEach
    void replicate() {
        endpoint = open.closing(FaultProxy.to(former.server()));
        next.server().execute("REPLICAOF", former.host(), Integer.toString(former.port()));
        awaitLink(next.server());
    }

    private static void awaitLink(RedisServer replica) {
        await().until(() -> replica.execute("INFO", "replication"), info -> info.contains("master_link_status:up"));
    }

    private void move(Fate fate) {
        next.server().execute("REPLICAOF", "NO", "ONE");
        endpoint.moveTo(next.server());
        fate.befalls(former.server(), next.server());
    }

    private String uri() {
        return "redis://" + endpoint.host() + ":" + endpoint.port();
    }

    private Publisher publisher(String uri) {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(uri)));
        await().until(publisher::isConnected);
        return publisher;
    }

    private Subscriber subscriber(String uri, RecordingReader reader) {
        Subscriber subscriber = open.closing(Subscriber.connect(Patient.subscriber(uri), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static void awaitPublished(Publisher publisher, String key) {
        await().ignoreExceptions()
                .until(() -> publisher.publish("users", Change.ofKeys(key)).get() != null);
    }

    @ParameterizedTest
    @EnumSource
    void aSubscriberFollowsTheNextMaster(Fate fate) {
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = subscriber(uri(), reader);
        move(fate);

        Publisher there = publisher(next.uri());
        await().untilAsserted(() -> {
            awaitPublished(there, "after"); // whoever comes later drops all instead
            assertThat(reader.keys()).contains("after");
        });
        assertThat(there.region("users").join().members()).hasSize(1);
        await().until(() -> subscriber.region("users").trouble() == null);
    }

    @ParameterizedTest
    @EnumSource
    void aPublisherAppendsAtTheNextMaster(Fate fate) {
        Publisher publisher = publisher(uri());
        publisher.publish("users", Change.ofKeys("before")).join();
        RecordingReader reader = new RecordingReader();
        move(fate);
        subscriber(next.uri(), reader);

        awaitPublished(publisher, "after");
        await().untilAsserted(() -> assertThat(reader.keys()).contains("after"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MASTER_THAT_LACKS_REPLICAS")
    void theFirstChangeAfterTheMoveIsNotRefused(Fate fate) {
        Publisher publisher = publisher(uri());
        publisher.publish("users", Change.ofKeys("before")).join();
        move(fate);
        publisher.publish("users", Change.ofKeys("after")).join();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MASTER_THAT_LACKS_REPLICAS")
    void questionsAboutMembersGoToTheNextMaster(Fate fate) {
        Publisher publisher = publisher(uri());
        publisher.publish("users", Change.ofKeys("before")).join();
        assertThat(publisher.region("users").join().members()).isEmpty();
        move(fate);
        subscriber(next.uri(), new RecordingReader());

        await().ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(publisher.region("users").get().members()).hasSize(1));
        Receipt receipt = await().ignoreExceptions() // which are refusals as long as it connects again
                .until(
                        () -> publisher
                                .publish(
                                        "users",
                                        Change.builder().keys("a").awaited().build())
                                .get(),
                        Objects::nonNull);
        assertThat(publisher
                        .awaitApplied(List.of(receipt), Duration.ofSeconds(60))
                        .join()
                        .applied())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aTierReadsAndStoresAtTheNextMaster(Fate fate) {
        publisher(uri()).publish("users", Change.ofKeys("x")).join();
        RedisTier tier = open.closing(RedisTier.connect(Patient.tier(uri()).withConnections(1)));
        RedisTier.Region region = tier.region("users", Duration.ofMinutes(1));
        await().until(() -> region.read("a").join() instanceof TierRead.Absent);
        move(fate);
        awaitPublished(publisher(next.uri()), "x"); // begins the epoch of the next master

        await().until(() -> {
            TierRead read = region.read("a").join();
            return read instanceof TierRead.Absent absent
                    && region.store("a", absent.lease(), value(), Duration.ofMinutes(1))
                                    .join()
                            == TierStored.STORED;
        });
        assertThat(next.server().execute("EXISTS", "freshet:{users}:value:a")).isEqualTo("1");
    }

    private static TierValue value() {
        return TierValue.of("v".getBytes(StandardCharsets.UTF_8), List.of(), OptionalLong.empty());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MASTER_THAT_LACKS_REPLICAS")
    void whoReadsTheLogReadsThatOfTheNextMaster(Fate fate) {
        publisher(uri()).publish("users", Change.ofKeys("x")).join();
        LogReader log = open.closing(LogReader.of(Patient.redis(uri()), "users"));
        assertThat(log.head()).isNotNull();
        move(fate);
        Publisher there = publisher(next.uri());
        awaitPublished(there, "y");

        await().ignoreExceptions().untilAsserted(() -> assertThat(Objects.requireNonNull(log.head()))
                .isEqualTo(there.region("users").join().head()));
    }

    @ParameterizedTest
    @EnumSource
    void whatASourceRemembersIsWrittenAtTheNextMaster(Fate fate) {
        CheckpointStore store = open.closing(new CheckpointStore(Patient.redis(uri()), "shop"));
        store.take();
        store.write(Map.of("offset", "1"));
        await().until(() ->
                next.server().execute("HGET", "freshet:source:shop", "offset").equals("1"));
        move(fate);

        store.write(Map.of("offset", "2"));
        assertThat(next.server().execute("HGET", "freshet:source:shop", "offset"))
                .isEqualTo("2");
    }
}
