package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A master dies, and Sentinels promote its replica. */
@Tag("ci")
class RespSentinelTest {

    @Test
    void aFailoverDropsCopiesAndThePortGoesOn() {
        try (RedisSentinels sentinels = RedisSentinels.started();
                Sidecar sidecar = Sidecar.start(sentinels.uri())) {
            RedisServer old = sentinels.master();
            try (Jedis client = sidecar.client()) {
                client.set("user:1", "v");
                client.waitReplicas(1, 60_000);
                assertThat(sidecar.readLocally(client, "user:1")).isEqualTo("v");
            }
            old.kill();
            sentinels.awaitFailover(old);
            sentinels.master().execute("SET", "user:1", "w");
            await().atMost(Duration.ofMinutes(2)).until(() -> sidecar.metric("freshet_resp_tracking") == 1);
            try (Jedis client = sidecar.client()) {
                assertThat(client.get("user:1")).isEqualTo("w");
                assertThat(sidecar.readLocally(client, "user:1")).isEqualTo("w");
                client.set("user:1", "x");
                assertThat(client.get("user:1")).isEqualTo("x");
            }
        }
    }
}
