package dev.freshet.bus.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Changes of keys are heard, or it is said that they may not have been. */
class TrackingFeedTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** A connection that is silent for four of them ends the feed, also where a busy machine is why. */
    private static final Duration BEAT = Duration.ofSeconds(1);

    private static final Duration QUICK_BEAT = Duration.ofMillis(100);

    private final Ear ear = new Ear();
    private @Nullable TrackingFeed feed;

    private static final class Ear implements TrackingFeed.Handler {
        private final List<String> changed = new CopyOnWriteArrayList<>();
        private final List<String> lost = new CopyOnWriteArrayList<>();

        @Override
        public void changed(byte[] key) {
            changed.add(new String(key, StandardCharsets.UTF_8));
        }

        @Override
        public void flushed() {
            changed.add("all");
        }

        @Override
        public void lost(String why) {
            lost.add(why);
        }
    }

    @AfterEach
    void close() {
        if (feed != null) {
            feed.close();
        }
    }

    private void open(RedisConfig redis, Duration beat, String... prefixes) {
        feed = TrackingFeed.open(new TrackingFeedConfig(redis, "test", List.of(prefixes), beat), ear);
    }

    @Test
    void prefixesThatOverlapAreHeardOnce() {
        assertThat(new TrackingFeedConfig(
                                Patient.redis(REDIS.uri()),
                                "test",
                                List.of("ab", "a:b", "b", "a", "a", "c:", "c:d"),
                                BEAT)
                        .prefixes())
                .containsExactly("a", "b", "c:");
        open(Patient.redis(REDIS.uri()), BEAT, "product:1", "product:", "user:");
        REDIS.server().execute("SET", "product:12", "x");
        REDIS.server().execute("SET", "productive", "x");
        REDIS.server().execute("SET", "user:1", "x");
        await().untilAsserted(() -> assertThat(ear.changed).containsExactly("product:12", "user:1"));
    }

    @Test
    void theEmptyPrefixIsAllKeysAndAFlushIsHeard() {
        open(Patient.redis(REDIS.uri()), BEAT, "product:", "");
        REDIS.server().execute("SET", "anything", "x");
        await().untilAsserted(() -> assertThat(ear.changed).containsExactly("anything"));
        REDIS.server().execute("FLUSHALL");
        await().untilAsserted(() -> assertThat(ear.changed).containsExactly("anything", "all"));
    }

    @Test
    void aServerThatDiesOrFallsSilentEndsTheFeedOnce() {
        open(Patient.redis(REDIS.uri()), BEAT, "product:");
        REDIS.server().kill();
        await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        REDIS.server().start();

        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            open(Patient.redis(proxy.redisUri()), QUICK_BEAT, "product:");
            proxy.blackhole();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(2));
            assertThat(ear.lost.get(1)).contains("is lost");
        }
    }

    /** As after a failover to a replica and back, between two heartbeats: the same process, another history. */
    @Test
    void aServerWithAnotherHistoryEndsTheFeed() {
        open(Patient.redis(REDIS.uri()), BEAT, "product:");
        REDIS.server().execute("REPLICAOF", "127.0.0.1", "1");
        REDIS.server().execute("REPLICAOF", "NO", "ONE");
        await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
    }

    @Test
    void aUserWithoutTheRightHearsWhichIsMissing(@TempDir Path folder) throws IOException {
        String rights = "reset on >s3cret &* -@all +ping +info +subscribe +publish +client|setname +client|id";
        REDIS.server().execute(("ACL SETUSER poor " + rights).split(" "));
        Path password = Files.writeString(folder.resolve("password"), "s3cret");
        RedisConfig poor = Patient.redis(REDIS.uri()).withAccess(RedisAccess.PLAIN.withPasswordFile("poor", password));
        assertThatThrownBy(() -> open(poor, BEAT, "product:"))
                .isInstanceOf(BusException.class)
                .hasMessageContaining("+client|tracking");
    }

    @Test
    void inAClusterEachMasterIsHeardAndAMasterThatDiesEndsTheFeed() {
        try (RedisCluster cluster = RedisCluster.started()) {
            open(Patient.redis(cluster.uri()), BEAT, "product:");
            List<String> keys =
                    IntStream.range(0, 30).mapToObj(i -> "product:" + i).toList();
            keys.forEach(key -> cluster.masterOf(key).execute("SET", key, "1"));
            await().untilAsserted(() -> assertThat(ear.changed).containsExactlyInAnyOrderElementsOf(keys));

            cluster.masterOf(keys.get(7)).kill();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        }
    }

    @Test
    void behindSentinelsTheFeedEndsWithTheMaster() {
        try (RedisSentinels sentinels = RedisSentinels.started()) {
            open(Patient.redis(sentinels.uri()), BEAT, "product:");
            RedisServer old = sentinels.master();
            old.execute("SET", "product:1", "x");
            await().untilAsserted(() -> assertThat(ear.changed).containsExactly("product:1"));
            old.kill();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        }
    }
}
