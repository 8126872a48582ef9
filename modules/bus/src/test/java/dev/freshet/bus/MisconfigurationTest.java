package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.RedisTierConfig;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a person can mend is named, said once, tried ever more rarely, and over as soon as it is mended. */
class MisconfigurationTest extends AccessFixture {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWrongPasswordIsNamedAndSaidOnceAndRarelyTriedAndOverWhenTheFileIsMended(boolean bySentinel)
            throws IOException {
        rewrite(password, "wrong");
        RedisConfig redis = config(
                bySentinel ? "redis-sentinel://" + sentinel.host() + ":" + sentinel.port() + "/main" : server.uri());
        Publisher publisher = publisher(redis);
        Subscriber subscriber = subscriber(redis);
        RedisTier tier = open.closing(RedisTier.connect(RedisTierConfig.of(redis, "test")));
        RedisTier.Region region = tier.region("users", Duration.ofSeconds(10));

        await().until(() -> publisher.misconfiguration() != null && subscriber.misconfiguration() != null);
        assertThat(publisher.misconfiguration())
                .contains("refuses the credentials of user app from the password file " + password, "WRONGPASS");
        assertThat(subscriber.misconfiguration()).contains("WRONGPASS");
        assertThat(subscriber.region("users").trouble()).contains("WRONGPASS");
        UnavailableException refusal = refusal(publisher);
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
        assertThat(refusal).hasMessageContaining("WRONGPASS").hasMessageNotContaining("unavailable");
        assertThat(refusal.retryAfter()).isPositive();
        assertThat(region.read("a").join()).isInstanceOf(TierRead.Unavailable.class);
        assertThat(tier.misconfiguration()).contains("WRONGPASS");

        long connections = connectionsWithin(server, 6, () -> {
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
            assertThat(publisher.region("users"))
                    .failsWithin(Duration.ofSeconds(20))
                    .withThrowableThat()
                    .withMessageContaining("WRONGPASS");
            region.read("a").join();
        });
        assertThat(connections).as("of publisher, subscriber and tier").isLessThan(30);
        assertThat(region.read("a").join()).isInstanceOf(TierRead.Unavailable.class);
        // One each of publisher, subscriber and tier.
        assertThat(warnings()).hasSize(3).allMatch(line -> line.contains("WRONGPASS"));

        rewrite(password, "s3cret");
        await().until(subscriber::isCaughtUp);
        awaitPublished(publisher);
        await().until(() -> region.read("a").join() instanceof TierRead.Absent);
        await().until(() -> publisher.misconfiguration() == null);
        await().until(() -> subscriber.misconfiguration() == null);
        await().until(() -> tier.misconfiguration() == null);
        assertThat(warnings()).hasSize(3);
    }

    @Test
    void aSentinelThatRefusesIsAskedRarelyToo() {
        try (RedisServer locked = RedisServer.builder()
                .onThisMachine()
                .withPassword("watch")
                .withSetting("sentinel monitor main " + server.host() + " " + server.port() + " 1")
                .start()) {
            RedisConfig redis = config("redis-sentinel://" + locked.host() + ":" + locked.port() + "/main");
            Publisher publisher = publisher(redis);
            Subscriber subscriber = subscriber(redis);
            await().until(() -> publisher.misconfiguration() != null && subscriber.misconfiguration() != null);
            assertThat(publisher.misconfiguration())
                    .startsWith("the sentinel at ")
                    .contains("NOAUTH");

            // Ten times a second before, by the publisher alone.
            assertThat(connectionsWithin(locked, 5, () -> {})).isLessThan(20);
            assertThat(warnings()).hasSize(2);
        }
    }

    @Test
    void aFaultThatChangesIsSaidAgain() throws IOException {
        Files.delete(password);
        Publisher publisher = publisher(config(server.uri()));
        await().until(() -> publisher.misconfiguration() != null);
        rewrite(password, "wrong");
        await().until(() -> String.valueOf(publisher.misconfiguration()).contains("WRONGPASS"));

        assertThat(warnings()).hasSize(2);
        assertThat(warnings().get(0)).contains("cannot be read: it does not exist");
        assertThat(warnings().get(1)).contains("WRONGPASS");
    }

    @Test
    void aRenamedCommandIsAFaultOfTheConfigurationToo() {
        try (RedisServer renamed =
                RedisServer.builder().withSetting("rename-command EVALSHA \"\"").start()) {
            Publisher publisher = publisher(Patient.redis(renamed.uri()));
            await().until(publisher::isConnected);
            assertThat(refusal(publisher).reason()).isEqualTo(Reason.REDIS_MISCONFIGURED);
            assertThat(publisher.misconfiguration()).containsIgnoringCase("evalsha");
        }
    }
}
