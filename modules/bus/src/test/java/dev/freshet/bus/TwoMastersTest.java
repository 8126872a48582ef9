package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A master that is isolated from the one that replaced it takes records that no member of the other can have applied. */
@Timeout(240)
class TwoMastersTest {

    @RegisterExtension
    static final RedisExtension ISOLATED = RedisExtension.with(RedisServer.Builder::onThisMachine);

    @RegisterExtension
    static final RedisExtension PROMOTED = RedisExtension.with(RedisServer.Builder::onThisMachine);

    @RegisterExtension
    final Closing open = new Closing();

    private Publisher publisher(RedisExtension redis) {
        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(redis.uri())));
        await().until(publisher::isConnected);
        return publisher;
    }

    private static Receipt publish(Publisher publisher) {
        return publisher
                .publish("users", Change.builder().keys("a").awaited().build())
                .join();
    }

    @Test
    void aRecordOfTheIsolatedMasterCountsAsAppliedNowhere() {
        Publisher before = publisher(ISOLATED);
        // A server begins a new epoch when its first replica comes; this one is to be shared.
        PROMOTED.server().execute("REPLICAOF", ISOLATED.host(), Integer.toString(ISOLATED.port()));
        await().until(
                        () -> PROMOTED.server().execute("INFO", "replication"),
                        info -> info.contains("master_link_status:up"));
        Position shared = publish(before).position();
        await().until(
                        () -> PROMOTED.server().execute("HGET", "freshet:{users}:head", "epoch"),
                        Position.formatEpoch(shared.epoch())::equals);
        PROMOTED.server().execute("REPLICAOF", "NO", "ONE");

        SubscriberConfig config = Patient.subscriber(PROMOTED.uri());
        Subscriber member = open.closing(Subscriber.connect(config, Map.of("users", new RecordingReader())));
        await().until(member::isCaughtUp);
        Receipt lost = publish(before);
        assertThat(lost.position().epoch()).isEqualTo(shared.epoch());

        Publisher after = publisher(PROMOTED);
        Duration wait = Duration.ofMillis(500);
        AwaitResult ofLost = after.awaitApplied(List.of(lost), wait).join();
        assertThat(ofLost.members()).isEqualTo(1);
        assertThat(ofLost.applied())
                .as("applied 1 of 1, of a record that no one applied")
                .isZero();
        assertThat(member.region("users").awaitPosition(lost.position(), wait).join())
                .isFalse();

        Receipt kept = publish(after);
        assertThat(after.awaitApplied(List.of(kept), Duration.ofSeconds(60))
                        .join()
                        .isComplete())
                .isTrue();
    }
}
