package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/** What clients read while what Redis says on the tracking connection is late. */
@SuppressWarnings("NullAway.Init") // before each test
class RespLateChangesTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private TrackingRelay relay;
    private Sidecar sidecar;
    private Jedis client;
    private Jedis second;
    private Jedis direct;

    @BeforeEach
    void start() throws IOException {
        relay = new TrackingRelay(redis.port());
        sidecar = Sidecar.start(relay.uri(), "redis.command-timeout", "60s");
        client = sidecar.client();
        second = sidecar.client();
        direct = new Jedis(redis.host(), redis.port());
        client.set("user:1", "old");
    }

    @AfterEach
    void stop() throws IOException {
        relay.close();
        client.close();
        second.close();
        direct.close();
        sidecar.close();
    }

    @Test
    void anOwnWriteIsReadAlthoughRedisHasNotToldIt() {
        sidecar.readLocally(client, "user:1");
        sidecar.readLocally(second, "user:1");
        relay.holdAnswers();
        direct.set("user:1", "unheard");
        assertThat(second.get("user:1")).isEqualTo("old");
        client.set("user:1", "own");
        assertThat(client.get("user:1")).isEqualTo("own");
        assertThat(second.get("user:1")).isEqualTo("own");
    }

    @Test
    void aScriptIsAnsweredOnlyAfterWhatItChanged() throws Exception {
        sidecar.readLocally(client, "user:1");
        relay.holdAnswers();
        double barriers = sidecar.metric("freshet_resp_barriers_total");
        CompletableFuture<String> read = Background.call(() -> {
            client.eval("return redis.call('set', 'user:' .. ARGV[1], 'new')", 0, "1");
            return client.get("user:1");
        });
        await().until(() -> read.isDone() || sidecar.metric("freshet_resp_barriers_total") > barriers);
        assertThat(second.get("user:1")).isEqualTo("old");
        relay.release();
        assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo("new");
        assertThat(second.get("user:1")).isEqualTo("new");
    }

    @Test
    void aChangeBetweenTheTwoAnswersOfAFetchDiscardsIt() {
        long before = trackedKeys();
        relay.holdDeadlines();
        assertThat(client.get("user:1")).isEqualTo("old");
        await().until(relay::isHolding);
        await().until(() -> sidecar.metric("freshet_resp_fills_in_flight") == 1);
        await().until(() -> trackedKeys() > before);
        double pushes = sidecar.metric("freshet_resp_changes_total");
        direct.set("user:1", "new");
        await().until(() -> sidecar.metric("freshet_resp_changes_total") > pushes);
        relay.release();
        await().until(() -> sidecar.metric("freshet_resp_fills_in_flight") == 0);
        assertThat(client.get("user:1")).isEqualTo("new");
    }

    private long trackedKeys() {
        return direct.info("stats")
                .lines()
                .filter(line -> line.startsWith("tracking_total_keys:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .sum();
    }
}
