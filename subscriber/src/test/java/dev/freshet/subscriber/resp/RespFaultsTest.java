package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ClientKillParams;

/** What the RESP port does when Redis is frozen, refuses, or knows a client as somebody else. */
class RespFaultsTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @Test
    void nothingIsAnsweredFromCopiesOnceRedisIsSilent() throws Exception {
        try (Sidecar sidecar = Sidecar.start(redis.uri(), "redis.command-timeout", "500ms");
                Jedis client = sidecar.client()) {
            client.set("user:1", "v");
            sidecar.readLocally(client, "user:1");
            redis.server().pause();
            await().until(() -> sidecar.metric("freshet_resp_tracking") == 0);
            double before = sidecar.local();
            CompletableFuture<String> read = Background.call(() -> client.get("user:1"));
            await().until(() -> sidecar.forwarded("tracking") >= 1);
            assertThat(read.isDone()).isFalse();
            redis.server().resume();
            assertThat(read.get(60, TimeUnit.SECONDS)).isEqualTo("v");
            assertThat(sidecar.local()).isEqualTo(before);
            await().until(() -> sidecar.metric("freshet_resp_tracking") == 1);
            assertThat(sidecar.readLocally(client, "user:1")).isEqualTo("v");
            assertThat(sidecar.metric("freshet_resp_tracking_losses_total")).isEqualTo(1);
        } finally {
            redis.server().resume();
        }
    }

    @Test
    void aLostTrackingConnectionLosesAllCopies() {
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Jedis client = sidecar.client();
                Jedis direct = new Jedis(redis.host(), redis.port())) {
            for (int i = 0; i < 5; i++) {
                client.set("user:1", "v" + i);
                sidecar.readLocally(client, "user:1");
                double losses = sidecar.metric("freshet_resp_tracking_losses_total");
                direct.clientKill(new ClientKillParams().type(ClientType.PUBSUB));
                direct.set("user:1", "changed" + i);
                await().until(() -> sidecar.metric("freshet_resp_tracking_losses_total") > losses);
                assertThat(client.get("user:1")).isEqualTo("changed" + i);
                await().until(() -> sidecar.metric("freshet_resp_tracking") == 1);
                assertThat(client.get("user:1")).isEqualTo("changed" + i);
            }
        }
    }

    @Test
    void anotherUserGetsNothingFromCopies() {
        redis.server().execute("ACL", "SETUSER", "bob", "on", ">secret", "~user:2", "+@all");
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Jedis client = sidecar.client();
                Jedis bob = sidecar.client()) {
            client.mset("user:1", "Ada", "user:2", "Bob");
            sidecar.readLocally(client, "user:1");
            sidecar.readLocally(client, "user:2");
            bob.auth("bob", "secret");
            double before = sidecar.local();
            assertThatThrownBy(() -> bob.get("user:1"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageStartingWith("NOPERM");
            assertThat(bob.get("user:2")).isEqualTo("Bob");
            assertThat(sidecar.local()).isEqualTo(before);
            assertThat(sidecar.forwarded("user")).isEqualTo(2);
        } finally {
            redis.server().execute("ACL", "DELUSER", "bob");
        }
    }

    @Test
    void aFullServerStillTakesDeletes() {
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Jedis client = sidecar.client()) {
            client.set("user:1", "v");
            sidecar.readLocally(client, "user:1");
            redis.server().execute("CONFIG", "SET", "maxmemory", "1");
            try {
                assertThatThrownBy(() -> client.set("user:1", "w"))
                        .isInstanceOf(JedisDataException.class)
                        .hasMessageStartingWith("OOM");
                client.del("user:1");
                assertThat(client.get("user:1")).isNull();
            } finally {
                redis.server().execute("CONFIG", "SET", "maxmemory", "0");
            }
        }
    }

    @Test
    void thereAreAtMostAsManyConnectionsAsAreAllowed() throws Exception {
        try (Sidecar sidecar = Sidecar.start(redis.uri(), "resp.maximum-connections", "1");
                Wire first = new Wire(sidecar.port())) {
            first.send("PING\r\n");
            assertThat(first.line()).isEqualTo("+PONG");
            try (Wire second = new Wire(sidecar.port())) {
                assertThat(second.line()).isEqualTo("-ERR max number of clients reached");
                assertThat(second.isAtEnd()).isTrue();
            }
            assertThat(sidecar.metric("freshet_resp_connections_closed_total{reason=\"refused\"}"))
                    .isEqualTo(1);
            first.send("PING\r\n");
            assertThat(first.line()).isEqualTo("+PONG");
        }
    }

    /** Only the sockets' buffers hold copies for it; the rest waits in Redis, and arrives when the client reads. */
    @Test
    void aClientThatTakesNoAnswersGetsThemFromRedis() throws Exception {
        int reads = 10_000;
        String value = "v".repeat(10_000);
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Jedis client = sidecar.client();
                Wire slow = new Wire(sidecar.port())) {
            client.set("user:1", value);
            sidecar.readLocally(client, "user:1");
            slow.send("PING\r\n");
            assertThat(slow.line()).isEqualTo("+PONG");
            double before = sidecar.local();
            CompletableFuture<Boolean> sent = Background.call(() -> {
                slow.send("GET user:1\r\n".repeat(reads));
                return true;
            });
            await().until(() -> sidecar.forwarded("slow_client") > 0);
            assertThat(sidecar.local() - before).as("copies that wait for it").isLessThan(reads / 2.0);
            assertThat(client.get("user:1")).isEqualTo(value);
            for (int i = 0; i < reads; i++) {
                assertThat(slow.line()).isEqualTo("$" + value.length());
                assertThat(slow.line()).isEqualTo(value);
            }
            assertThat(sent.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
