package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/** Redis hears which keys are read from copies, if it is asked for. It counts each use here: its factor of LFU is 0. */
@SuppressWarnings("NullAway.Init") // before each test
class RespTouchTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private Jedis direct;

    @BeforeEach
    void countEachUse() {
        direct = new Jedis(redis.host(), redis.port());
        direct.configSet("maxmemory-policy", "allkeys-lfu");
        direct.configSet("lfu-log-factor", "0");
        direct.set("user:hot", "v");
        direct.set("user:idle", "v");
        direct.set("user:looked-at", "v");
    }

    @AfterEach
    void stop() {
        direct.configSet("maxmemory-policy", "noeviction");
        direct.close();
    }

    private long uses(String key) {
        return direct.objectFreq(key);
    }

    @Test
    void keysThatAreReadHereAreUsedInRedisAndOthersAreNot() {
        try (Sidecar sidecar = Sidecar.start(redis.uri(), "resp.touch-interval", "100ms");
                Jedis client = sidecar.client()) {
            sidecar.readLocally(client, "user:hot");
            sidecar.readLocally(client, "user:idle");
            sidecar.readLocally(client, "user:looked-at");
            long idle = uses("user:idle");
            long lookedAt = uses("user:looked-at");
            long hot = uses("user:hot");
            double local = sidecar.local();
            double changes = sidecar.metric("freshet_resp_changes_total");
            long rounds = 0;
            while (uses("user:hot") < hot + 5) {
                for (int i = 0; i < 100; i++) {
                    client.get("user:hot");
                    client.exists("user:looked-at");
                    client.pttl("user:looked-at");
                }
                rounds++;
            }
            assertThat(sidecar.local()).as("nothing is evicted").isEqualTo(local + 300 * rounds);
            assertThat(sidecar.metric("freshet_resp_changes_total")).isEqualTo(changes);
            assertThat(uses("user:idle")).as("read once").isLessThanOrEqualTo(idle + 1);
            assertThat(uses("user:looked-at")).as("EXISTS and PTTL are no use").isLessThanOrEqualTo(lookedAt + 1);
            assertThat(sidecar.metric("freshet_resp_touches_total{result=\"touched\"}"))
                    .isGreaterThanOrEqualTo(5);
        }
    }

    @Test
    void withoutTheSettingRedisHearsNothing() {
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Jedis client = sidecar.client()) {
            sidecar.readLocally(client, "user:hot");
            long hot = uses("user:hot");
            for (int i = 0; i < 1000; i++) {
                client.get("user:hot");
            }
            assertThat(uses("user:hot")).isEqualTo(hot);
            assertThat(sidecar.metric("freshet_resp_touches_total{result=\"touched\"}"))
                    .isZero();
        }
    }

    @Test
    void aMissingRightIsCountedAndAllElseGoesOn() {
        direct.aclSetUser("reader", "on", ">secret", "~*", "&*", "+@all", "-touch");
        try (Sidecar sidecar = Sidecar.start(
                        redis.uri().replace("redis://", "redis://reader:secret@"), "resp.touch-interval", "100ms");
                Jedis client = sidecar.client()) {
            client.auth("reader", "secret");
            sidecar.readLocally(client, "user:hot");
            await().until(() -> {
                for (int i = 0; i < 100; i++) {
                    client.get("user:hot");
                }
                return sidecar.metric("freshet_resp_touches_total{result=\"refused\"}") > 0;
            });
            assertThat(sidecar.metric("freshet_resp_tracking")).isEqualTo(1);
        } finally {
            direct.aclDelUser("reader");
        }
    }
}
