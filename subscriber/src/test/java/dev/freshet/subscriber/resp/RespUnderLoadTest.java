package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Clients of two subscribers, and one of Redis itself, write and read the same keys at once. Each key is a counter that only grows, so that
 * every read shows whether a write was missed.
 */
class RespUnderLoadTest {

    private static final int KEYS = 8;
    private static final int STEPS = 1_500;

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    /** What clients of one subscriber have been told: nobody may read less through it afterwards. */
    private record Told(Sidecar sidecar, AtomicIntegerArray atLeast) {}

    @Test
    void whatAClientWroteIsReadByAllOfItsSubscriberAndInTheEndByEverybody() throws Exception {
        try (Sidecar one = Sidecar.start(redis.uri());
                Sidecar other = Sidecar.start(redis.uri())) {
            List<Told> all =
                    List.of(new Told(one, new AtomicIntegerArray(KEYS)), new Told(other, new AtomicIntegerArray(KEYS)));
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int seed = i;
                clients.add(Background.run(() -> client(all.get(seed % 2), new Random(seed))));
            }
            clients.add(Background.run(RespUnderLoadTest::direct));
            for (CompletableFuture<Void> client : clients) {
                client.get(120, TimeUnit.SECONDS);
            }
            assertThat(one.local()).isGreaterThan(500);
            assertThat(other.local()).isGreaterThan(500);
            for (Told each : all) {
                assertEqualToRedis(each.sidecar());
            }
        }
    }

    private static void client(Told told, Random random) {
        try (Jedis client = told.sidecar().client()) {
            for (int step = 0; step < STEPS; step++) {
                int number = random.nextInt(KEYS);
                String key = "user:" + number;
                int chance = random.nextInt(20);
                if (chance == 0) {
                    told(told, number, (int) client.incr(key));
                } else if (chance == 1) {
                    told(told, number, ((Long) client.eval("return redis.call('incr', KEYS[1])", 1, key)).intValue());
                } else if (chance == 2) {
                    Pipeline pipeline = client.pipelined();
                    Response<Long> written = pipeline.incr(key);
                    Response<String> read = pipeline.get(key);
                    pipeline.sync();
                    assertThat(Long.parseLong(read.get())).isGreaterThanOrEqualTo(written.get());
                    told(told, number, written.get().intValue());
                } else {
                    int atLeast = told.atLeast().get(number);
                    String read = client.get(key);
                    int value = read == null ? 0 : Integer.parseInt(read);
                    assertThat(value)
                            .as("%s, step %d, after a write of %d was acknowledged", key, step, atLeast)
                            .isGreaterThanOrEqualTo(atLeast);
                }
            }
        }
    }

    private static void told(Told told, int number, int written) {
        told.atLeast().accumulateAndGet(number, written, Math::max);
    }

    private static void direct() {
        Random random = new Random(99);
        try (Jedis client = new Jedis(redis.host(), redis.port())) {
            for (int step = 0; step < STEPS / 4; step++) {
                client.incr("user:" + random.nextInt(KEYS));
            }
        }
    }

    private static void assertEqualToRedis(Sidecar sidecar) {
        try (Jedis client = sidecar.client();
                Jedis direct = new Jedis(redis.host(), redis.port())) {
            for (int i = 0; i < KEYS; i++) {
                String key = "user:" + i;
                await().untilAsserted(() -> assertThat(client.get(key)).isEqualTo(direct.get(key)));
            }
        }
    }
}
