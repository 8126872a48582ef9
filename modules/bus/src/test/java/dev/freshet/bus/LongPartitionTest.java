package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.internal.append.RedisPublisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.ScriptedServer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A publisher stays with a master that was replaced for longer than it keeps what was acknowledged, and then moves to the new
 * master: what nobody has any more must not stay stale.
 */
@Timeout(240)
class LongPartitionTest {

    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    final Closing open = new Closing();

    private final AtomicLong passedNanos = new AtomicLong();

    /** The system's clock, which a test moves forward. */
    private final TimeSource time = new TimeSource() {
        @Override
        public long nanoTime() {
            return System.nanoTime() + passedNanos.get();
        }

        @Override
        public long wallMicros() {
            return TimeSource.SYSTEM.wallMicros() + passedNanos.get() / 1_000;
        }
    };

    /** What the publisher's listener heard of records that may be lost: the region, and whether it was invalidated. */
    private final List<String> unproven = new CopyOnWriteArrayList<>();

    private final List<String> again = new CopyOnWriteArrayList<>();
    private RedisServer isolated;
    private RedisServer promoted;
    private ScriptedServer endpoint;

    @BeforeEach
    void startServers() {
        isolated = open.closing(RedisServer.builder().onThisMachine().start());
        promoted = open.closing(RedisServer.builder().onThisMachine().start());
        endpoint = open.closing(ScriptedServer.start(ScriptedServer.forwardingTo(isolated.port())));
    }

    /** A publisher that drops each record at once. */
    private Publisher forgetfulPublisher() {
        return publisher(Patient.publisher(endpoint.uri()).withRetention(Duration.ofMinutes(1), 1));
    }

    private Publisher publisher(PublisherConfig config) {
        PublisherListener listener = new PublisherListener() {
            @Override
            public void recordsUnproven(String region, boolean isInvalidated) {
                unproven.add(region + " " + isInvalidated);
            }

            @Override
            public void appendedAgain(String region, int records) {
                again.add(region);
            }
        };
        Publisher publisher = open.closing(RedisPublisher.start(config, listener, time));
        await().until(publisher::isConnected);
        return publisher;
    }

    private Map<String, RecordingReader> subscribers(String... regions) {
        Map<String, RecordingReader> readers = new HashMap<>();
        List.of(regions).forEach(region -> readers.put(region, new RecordingReader()));
        SubscriberConfig config = Patient.subscriber(promoted.uri());
        Subscriber subscriber = open.closing(Subscriber.connect(config, readers));
        await().until(subscriber::isCaughtUp);
        return readers;
    }

    private static void publish(Publisher publisher, String region, String key) {
        publisher.publish(region, Change.ofKeys(key)).join();
    }

    private void endPartition() {
        endpoint.behave(ScriptedServer.forwardingTo(promoted.port()));
    }

    /** Publishes once the publisher has moved, and waits until that arrived: what was appended before has arrived, too. */
    private static RecordingReader afterTheMove(
            Publisher publisher, Map<String, RecordingReader> readers, String region) {
        await().atMost(LONG).ignoreExceptions().until(() -> {
            publish(publisher, region, "later");
            return true;
        });
        RecordingReader reader = Objects.requireNonNull(readers.get(region));
        await().atMost(LONG).until(() -> reader.keys().contains("later"));
        return reader;
    }

    @Test
    void whatTheIsolatedMasterAcknowledgedAndNobodyKeepsIsCoveredByAnInvalidationOfTheRegion() {
        Map<String, RecordingReader> readers = subscribers("users", "orders", "quiet");
        Publisher publisher = forgetfulPublisher();
        publish(publisher, "users", "lost");
        publish(publisher, "orders", "lost");
        endPartition();
        assertThat(afterTheMove(publisher, readers, "users").events()).contains("all");
        assertThat(afterTheMove(publisher, readers, "orders").events()).contains("all");
        assertThat(unproven).containsExactlyInAnyOrder("users true", "orders true");
        assertThat(afterTheMove(publisher, readers, "quiet").events())
                .as("a region that the isolated master never heard of")
                .doesNotContain("all");
    }

    @Test
    void whatIsStillKeptIsAppendedAgainAndNothingElseGoes() {
        Map<String, RecordingReader> readers = subscribers("users");
        Publisher publisher = publisher(Patient.publisher(endpoint.uri()));
        publish(publisher, "users", "kept");
        endPartition();
        assertThat(afterTheMove(publisher, readers, "users").events())
                .contains("key kept")
                .doesNotContain("all");
        assertThat(unproven).isEmpty();
    }

    @Test
    void whatIsTooOldToBeKeptIsCoveredAsWell() {
        Map<String, RecordingReader> readers = subscribers("users");
        // The publisher's clock is moved below, the server's is not: so its epoch is made older by as much.
        String head = new RedisNames("users").head();
        long sinceMicros = Long.parseLong(promoted.execute("HGET", head, "since"));
        promoted.execute("HSET", head, "since", Long.toString(sinceMicros - 65_000_000));
        Publisher publisher =
                publisher(Patient.publisher(endpoint.uri()).withRetention(Duration.ofSeconds(60), 64L << 20));
        publish(publisher, "users", "old");
        passedNanos.addAndGet(Duration.ofSeconds(65).toNanos());
        publish(publisher, "users", "young");
        endPartition();
        assertThat(afterTheMove(publisher, readers, "users").events())
                .contains("all", "key young")
                .doesNotContain("key old");
        assertThat(again).containsExactly("users");
    }

    @Test
    void aRegionWhoseEpochBeganAfterTheLastAppendIsNotThrownAway() {
        Publisher publisher = forgetfulPublisher();
        publish(publisher, "users", "covered");
        passedNanos.addAndGet(Duration.ofSeconds(10).toNanos());
        Map<String, RecordingReader> readers = subscribers("users"); // their first heartbeat begins the epoch
        endPartition();
        assertThat(afterTheMove(publisher, readers, "users").events()).doesNotContain("all");
        assertThat(unproven).isEmpty();
    }

    @Test
    void aServerOnWhichNoEpochBeganYetNeedsNothing() {
        Publisher publisher = forgetfulPublisher();
        publish(publisher, "users", "covered");
        endPartition();
        await().atMost(LONG).ignoreExceptions().until(() -> {
            publish(publisher, "users", "later");
            return true;
        });
        assertThat(publisher.region("users").join().logRecords()).isEqualTo(1);
        assertThat(unproven).isEmpty();
    }

    @Test
    void aHeadThatDoesNotSayWhenItsEpochBeganProvesNothing() {
        Publisher publisher = forgetfulPublisher();
        publish(publisher, "users", "perhaps lost");
        passedNanos.addAndGet(Duration.ofSeconds(10).toNanos());
        Map<String, RecordingReader> readers = subscribers("users");
        promoted.execute("HDEL", new RedisNames("users").head(), "since"); // as an older version leaves it
        endPartition();
        assertThat(afterTheMove(publisher, readers, "users").events()).contains("all");
        assertThat(unproven).containsExactly("users true");
    }

    @Test
    void aRegionThatMustNotBeWrittenHoldsUpNoOtherAndIsCoveredOnceItMay() {
        Map<String, RecordingReader> readers = subscribers("users", "orders");
        Publisher publisher = forgetfulPublisher();
        publish(publisher, "users", "lost");
        promoted.execute("ACL", "SETUSER", "default", "resetkeys", "~freshet:{orders}*", "~freshet:regions");
        endPartition();
        afterTheMove(publisher, readers, "orders");
        assertThat(unproven).isEmpty();
        promoted.execute("ACL", "SETUSER", "default", "allkeys");
        await().atMost(LONG).untilAsserted(() -> assertThat(
                        Objects.requireNonNull(readers.get("users")).events())
                .contains("all"));
        await().untilAsserted(() -> assertThat(unproven).containsExactly("users true"));
    }
}
