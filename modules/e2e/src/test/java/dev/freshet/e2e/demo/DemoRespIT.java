package dev.freshet.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.RedisClient;

/** Runs {@code ./freshet demo --resp}: applications with an ordinary Redis client, each beside a sidecar. */
@Tag("ci")
class DemoRespIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final List<String> STORIES = List.of(
            "cut 2 s · r2 answered 0 of 20 reads: without Redis it can prove none; the naive one ",
            "frozen 3 s · r2 asked on waking: stale 0 of 20; the naive one: ",
            " from its disk · 2 of 2 sidecars dropped their copies · stale 0; the naive one: ",
            "killed · r2 back and confirmed after ");

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @BeforeEach
    void bePatient() {
        Awaitility.setDefaultTimeout(PATIENCE);
    }

    @Test
    void theScriptPlaysEveryFaultAndOnlyTheNaiveReplicaIsStale() throws Exception {
        try (DemoRun demo = DemoRun.start("--resp", "--script", "faults", "--replicas", "2")) {
            await().until(() -> demo.text().contains("[c] cut ...") || !demo.isAlive());
            assertThat(demo.text()).contains("[c] cut ...");
            CheckedReads checked = CheckedReads.start(demo.address("r1"), demo.address("r2"));
            await().until(() -> demo.story().contains("cut 2 s · r2 answered ") || !demo.isAlive());
            long sidecar = Objects.requireNonNull(demo.pids().get("r1-sidecar"), demo.text());
            ProcessHandle.of(sidecar).orElseThrow().destroyForcibly();
            int exitCode = demo.awaitEnd();

            assertThat(exitCode).as(demo.text()).isZero();
            assertThat(checked.stop()).as(demo.text()).isPositive();
            assertThat(demo.pids())
                    .containsOnlyKeys("redis", "r1-sidecar", "r2-sidecar", "r1", "r2", "naive")
                    .doesNotContainValue(sidecar);
            assertThat(demo.story()).contains(STORIES);
            assertThat(demo.text())
                    .contains(
                            "redis-cli -p " + demo.address("r2-sidecar").getPort() + " get user:1",
                            "/metrics | grep freshet_resp_commands",
                            "r1-sidecar (pid " + sidecar + ") was killed (signal 9); starting it again",
                            "OK: no read was stale",
                            "everything is up")
                    .containsPattern("PUT user:[0-9]+ → Redis → r1 [0-9.]+ ms ✓ r2 [0-9.]+ ms ✓")
                    .containsPattern("r1: [0-9]+ reads, [1-9][0-9]* hits, stale 0")
                    .containsPattern("r2: [0-9]+ reads, [1-9][0-9]* hits, stale 0")
                    .doesNotContain("slow load", "publisher", "\033[");
            assertThat(demo.lines()).allMatch(line -> line.length() <= 100, "has at most 100 columns");
            assertThat(demo.story())
                    .containsPattern(
                            "4 faults, [0-9]+ reads, 0 stale\\. Caffeine with bare Pub/Sub: [1-9][0-9]* stale\\.$");
            assertThat(demo.leftSomethingBehind()).isFalse();
        }
    }

    @Test
    void inARedisOfOthersItLeavesNoUserBehind() throws Exception {
        try (RedisClient client = RedisClient.create(redis.uri())) {
            client.set("user:none", "of somebody else");
            try (DemoRun demo = DemoRun.start("--resp", "--for", "3s", "--replicas", "1", "--redis", redis.uri())) {
                int exitCode = demo.awaitEnd();

                assertThat(exitCode).as(demo.text()).isZero();
            }
            assertThat(client.keys("*user:*")).containsExactly("user:none");
        }
    }

    @Test
    void itTakesNoKeysOfOthers() throws Exception {
        try (RedisClient client = RedisClient.create(redis.uri())) {
            client.set("user:2", "of somebody else");
            try (DemoRun demo = DemoRun.start("--resp", "--for", "3s", "--replicas", "1", "--redis", redis.uri())) {
                int exitCode = demo.awaitEnd();

                assertThat(exitCode).as(demo.text()).isEqualTo(1);
                assertThat(demo.text()).contains("has some of them; delete them, or name an empty database");
            }
            assertThat(client.keys("*user:*")).containsExactly("user:2");
        }
    }
}
