package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.RedisRights;
import dev.freshet.bus.admin.RedisRights.Resp;
import dev.freshet.bus.admin.RedisRights.Role;
import dev.freshet.schema.Namespace;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** The rights of a subscriber with a RESP port are all that it needs, and it needs each of them. And which servers it works with. */
@SuppressWarnings("NullAway.Init") // before each test
class RespRightsTest {

    private static final Resp PORT = new Resp(List.of("user:*"), List.of("HGET"), true);

    private RedisServer redis;
    private Jedis direct;

    @BeforeEach
    void start() {
        redis = RedisServer.builder().start();
        direct = new Jedis(redis.host(), redis.port());
        direct.set("user:1", "v");
        direct.hset("user:2", Map.of("f", "v"));
    }

    @AfterEach
    void stop() {
        direct.close();
        redis.close();
    }

    private String userWith(String... more) {
        List<String> rules = new ArrayList<>(List.of("on", ">s3cret"));
        rules.addAll(RedisRights.of(Role.SUBSCRIBER, Namespace.DEFAULT)
                .withRegions(List.of("users"))
                .withResp(PORT)
                .rules());
        rules.addAll(List.of(more));
        if (isRedis6()) {
            rules.replaceAll(rule -> rule.replace("%R~", "~"));
        }
        direct.aclSetUser("sidecar", rules.toArray(String[]::new));
        return "redis://sidecar:s3cret@" + redis.host() + ":" + redis.port();
    }

    /** Before 7.0 it has no rights to read only, as the page says, and takes no right away from a subcommand. */
    private boolean isRedis6() {
        return direct.info("server").contains("redis_version:6.");
    }

    @Test
    void theyAreAllThatItNeeds() {
        // What a client does, which is the same user.
        String uri = userWith("+get", "+auth");
        direct.aclLogReset();
        try (Sidecar sidecar = Sidecar.start(uri, "resp.rules.users.commands", "HGET", "resp.touch-interval", "100ms");
                Jedis client = sidecar.client()) {
            client.auth("sidecar", "s3cret");
            assertThat(sidecar.readLocally(client, "user:1")).isEqualTo("v");
            await().pollInterval(2, TimeUnit.MILLISECONDS).until(() -> {
                double before = sidecar.local();
                assertThat(client.hget("user:2", "f")).isEqualTo("v");
                return sidecar.local() > before;
            });
            await().until(() -> {
                for (int i = 0; i < 50; i++) {
                    client.get("user:1");
                }
                return sidecar.metric("freshet_resp_touches_total{result=\"touched\"}") > 0;
            });
            direct.set("user:1", "w");
            await().until(() -> client.get("user:1").equals("w"));
            assertThat(direct.aclLog()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"client|info", "client|tracking", "command", "getrange", "pttl", "hget"})
    void withoutOneOfThemItSaysWhichAndAllIsPassedOn(String command) {
        String denied = isRedis6() ? command.replaceAll("[|].*", "") : command;
        String uri = userWith("-" + denied);
        try (Sidecar sidecar = Sidecar.starting(uri, "resp.rules.users.commands", "HGET")) {
            await().until(() -> sidecar.management().get("/health/ready").text().contains("NOPERM"));
            assertThat(sidecar.management().get("/health/ready").text())
                    .contains("the RESP port passes all commands on", denied.replaceAll(".*[|]", ""));
            assertThat(sidecar.metric("freshet_resp_tracking")).isZero();
        }
    }

    @Test
    void aNodeOfAClusterIsRefusedWithASentence() {
        try (RedisCluster cluster = RedisCluster.started();
                Sidecar sidecar = Sidecar.starting(
                        "redis://127.0.0.1:" + cluster.masters().get(0).port())) {
            await().until(() -> sidecar.management()
                    .get("/health/ready")
                    .text()
                    .contains("the server is a node of a Redis Cluster, which the RESP port does not support"));
            assertThat(sidecar.metric("freshet_resp_tracking")).isZero();
        }
    }
}
