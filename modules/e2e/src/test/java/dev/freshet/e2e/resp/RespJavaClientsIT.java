package dev.freshet.e2e.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Java's clients, unchanged but for their port, at the RESP ports of two sidecars before one Redis. */
@Tag("ci")
class RespJavaClientsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @SuppressWarnings("ImmutableEnumChecker") // constructors
    enum Library {
        JEDIS(JedisClient::new),
        LETTUCE(LettuceClient::new),
        REDISSON(RedissonClient::new);

        private final IntFunction<JavaRedisClient> connect;

        Library(IntFunction<JavaRedisClient> connect) {
            this.connect = connect;
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenAtOnePortIsReadAtTheOther(Library library, @TempDir Path folder) throws Exception {
        try (RedisServer redis = RedisServer.started();
                TwoSidecars sidecars = new TwoSidecars(folder, redis);
                JavaRedisClient here = library.connect.apply(sidecars.here());
                JavaRedisClient there = library.connect.apply(sidecars.there());
                JavaRedisClient direct = library.connect.apply(redis.port())) {
            reads(here, there, direct);
            ownWrites(here);
            pipelines(here, there);
            transactions(here, there);
            scripts(here);
            messages(here, there);
            reconnects(here, there, direct, redis);
            sidecars.assertHits(100);
        }
    }

    private static void eventually(JavaRedisClient client, String key, String expected) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(1))
                .ignoreExceptions()
                .until(() -> expected.equals(client.get(key)));
    }

    private static void reads(JavaRedisClient here, JavaRedisClient there, JavaRedisClient direct) {
        here.set("user:1", "Ada");
        assertThat(here.get("user:1")).isEqualTo("Ada");
        eventually(there, "user:1", "Ada");
        for (int i = 0; i < 300; i++) {
            assertThat(here.get("user:1")).isEqualTo("Ada");
            assertThat(there.get("user:1")).isEqualTo("Ada");
        }
        direct.set("user:1", "Grace");
        eventually(here, "user:1", "Grace");
        eventually(there, "user:1", "Grace");
    }

    private static void ownWrites(JavaRedisClient here) {
        for (int i = 0; i < 200; i++) {
            here.set("user:own", "" + i);
            assertThat(here.get("user:own")).isEqualTo("" + i);
            here.delete("user:own");
            assertThat(here.get("user:own")).isNull();
        }
    }

    private static void pipelines(JavaRedisClient here, JavaRedisClient there) {
        List<Map.Entry<String, String>> writes = IntStream.range(0, 300)
                .mapToObj(i -> Map.entry("user:p" + i % 7, "" + i))
                .toList();
        assertThat(here.pipeline(writes))
                .isEqualTo(writes.stream().map(Map.Entry::getValue).toList());
        eventually(there, "user:p0", "294");
    }

    private static void transactions(JavaRedisClient here, JavaRedisClient there) {
        for (int i = 0; i < 50; i++) {
            here.get("user:t");
            assertThat(here.transaction("user:t", "" + i)).isEqualTo("" + i);
            assertThat(here.get("user:t")).isEqualTo("" + i);
        }
        eventually(there, "user:t", "49");
    }

    private static void scripts(JavaRedisClient here) {
        for (int i = 0; i < 50; i++) {
            here.get("user:s");
            here.script("user:s", "" + i);
            assertThat(here.get("user:s")).isEqualTo("" + i);
        }
    }

    private static void messages(JavaRedisClient here, JavaRedisClient there) throws Exception {
        CompletableFuture<String> heard = new CompletableFuture<>();
        here.subscribe("invalidate_user:1", heard::complete);
        await().atMost(PATIENCE).until(() -> there.publish("invalidate_user:1", "gone") == 1);
        assertThat(heard.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo("gone");
    }

    private static void reconnects(
            JavaRedisClient here, JavaRedisClient there, JavaRedisClient direct, RedisServer redis) throws IOException {
        here.set("user:kept", "before");
        eventually(there, "user:kept", "before");
        redis.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            direct.set("user:kept", "after");
            return true;
        });
        eventually(here, "user:kept", "after");
        eventually(there, "user:kept", "after");
    }
}
