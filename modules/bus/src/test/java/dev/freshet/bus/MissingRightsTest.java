package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user who may not do something: it is said once, and goes on as soon as the right is given. */
class MissingRightsTest extends AccessFixture {

    @ParameterizedTest
    @ValueSource(strings = {"info", "evalsha", "xadd", "time"})
    void aPublisherThatMayNotDoSomethingSaysSoOnceAndGoesOnWhenItMay(String command) {
        server.execute("ACL", "SETUSER", "app", "-" + command);
        Publisher publisher = publisher(config(server.uri()));
        for (int i = 0; i < 20; i++) {
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        }
        assertThat(publisher.misconfiguration()).contains("NOPERM").containsIgnoringCase(command);
        assertThat(warnings()).hasSize(1);

        server.execute("ACL", "SETUSER", "app", "+" + command);
        awaitPublished(publisher);
        await().until(() -> publisher.misconfiguration() == null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"evalsha", "subscribe", "time", "hmget"})
    void aSubscriberThatMayNotDoSomethingSaysSoOnceAndGoesOnWhenItMay(String command) {
        server.execute("SCRIPT", "FLUSH");
        server.execute("ACL", "SETUSER", "app", "-" + command);
        Subscriber subscriber = subscriber(config(server.uri()));
        await().until(() -> subscriber.misconfiguration() != null);
        assertThat(subscriber.misconfiguration()).contains("NOPERM").containsIgnoringCase(command);
        // Refusals prove nothing against a connection: with each heartbeat there would be a new one.
        assertThat(connectionsWithin(server, 4, () -> {})).isLessThan(16);
        assertThat(warnings()).hasSize(1);

        server.execute("ACL", "SETUSER", "app", "+" + command);
        await().until(subscriber::isCaughtUp);
        await().until(() -> subscriber.misconfiguration() == null);
    }

    @Test
    void aFaultElsewhereDoesNotHideThatASubscriptionIsLost() {
        server.execute("ACL", "SETUSER", "app", "-sadd");
        Subscriber subscriber = subscriber(config(server.uri()));
        await().until(subscriber::isCaughtUp);
        await().until(() -> String.valueOf(subscriber.misconfiguration()).contains("NOPERM"));

        server.execute("CLIENT", "KILL", "TYPE", "pubsub");
        await().until(() -> warnings().stream().anyMatch(line -> line.startsWith("the subscription to ")));
        await().until(subscriber::isCaughtUp);
    }

    @Test
    void aRegionThatMayNotBeWrittenDoesNotKeepOthersFromBeing() {
        server.execute("ACL", "SETUSER", "app", "resetkeys", "~freshet:{orders}*", "~freshet:regions");
        Publisher publisher = publisher(config(server.uri()));
        await().until(publisher::isConnected);

        assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        publisher.publish("orders", Change.ofKeys("a")).join();
        assertThat(publisher.isConnected()).isTrue();
        assertThat(publisher.misconfiguration()).contains("users", "NOPERM");
    }
}
