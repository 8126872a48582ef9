package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.args.BitOP;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.SetParams;

/** Two subscribers with a RESP port before one Redis: what a client of one writes, a client of the other reads. */
@SuppressWarnings("NullAway.Init")
class RespPortTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private Sidecar one;
    private Sidecar other;
    private Jedis here;
    private Jedis there;
    private Jedis direct;

    @BeforeEach
    void start() {
        one = Sidecar.start(redis.uri());
        other = Sidecar.start(redis.uri());
        here = one.client();
        there = other.client();
        direct = new Jedis(redis.host(), redis.port());
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
        direct.close();
        one.close();
        other.close();
    }

    // ---- Copies

    @Test
    void aSecondReadIsAnsweredHereAndAWriteElsewhereEvicts() {
        here.set("user:1", "Ada");
        assertThat(one.readLocally(here, "user:1")).isEqualTo("Ada");
        assertThat(other.readLocally(there, "user:1")).isEqualTo("Ada");
        there.set("user:1", "Bob");
        assertThat(there.get("user:1")).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(here.get("user:1")).isEqualTo("Bob"));
        direct.set("user:1", "Cy");
        await().untilAsserted(() -> assertThat(here.get("user:1")).isEqualTo("Cy"));
        await().untilAsserted(() -> assertThat(there.get("user:1")).isEqualTo("Cy"));
    }

    @Test
    void anAbsenceIsKnownToo() {
        assertThat(one.readLocally(here, "user:none")).isEqualTo("null");
        assertThat(here.exists("user:none")).isFalse();
        assertThat(here.ttl("user:none")).isEqualTo(-2);
        direct.set("user:none", "now");
        await().untilAsserted(() -> assertThat(here.get("user:none")).isEqualTo("now"));
    }

    @Test
    void readsOfACopyAreAnsweredAsRedisDoes() {
        here.set("user:1", "Hello", SetParams.setParams().ex(100));
        one.readLocally(here, "user:1");
        double before = one.local();
        assertThat(here.strlen("user:1")).isEqualTo(5);
        assertThat(here.exists("user:1")).isTrue();
        assertThat(here.ttl("user:1")).isBetween(90L, 100L);
        assertThat(here.pttl("user:1")).isBetween(90_000L, 100_000L);
        int[] ends = {-9, -6, -5, -3, -1, 0, 1, 4, 5, 9};
        for (int from : ends) {
            for (int to : ends) {
                assertThat(here.getrange("user:1", from, to))
                        .as("%d to %d", from, to)
                        .isEqualTo(direct.getrange("user:1", from, to));
            }
        }
        assertThat(one.local() - before).isEqualTo(4 + ends.length * ends.length);
    }

    @Test
    void severalKeysAreReadHereOnlyIfAllAreStringsThatExist() {
        here.mset("user:1", "a", "user:2", "b");
        one.readLocally(here, "user:1");
        one.readLocally(here, "user:2");
        double before = one.local();
        assertThat(here.mget("user:1", "user:2")).containsExactly("a", "b");
        assertThat(here.exists("user:1", "user:2", "user:1")).isEqualTo(3);
        assertThat(one.local() - before).isEqualTo(2);
        direct.lpush("user:list", "x");
        assertThat(here.mget("user:1", "user:list", "user:none")).containsExactly("a", null, null);
        assertThatThrownBy(() -> here.get("user:list"))
                .isInstanceOf(JedisDataException.class)
                .hasMessageStartingWith("WRONGTYPE");
    }

    @Test
    void aCopyEndsWithItsKey() {
        here.set("user:short", "x", SetParams.setParams().px(300));
        assertThat(here.get("user:short")).isEqualTo("x");
        await().untilAsserted(() -> assertThat(here.get("user:short")).isNull());
    }

    @Test
    void keysOfNoRuleAndLargeValuesPassThrough() {
        here.set("other:1", "v");
        here.set("user:large", "v".repeat(2_000_000));
        double before = one.local();
        for (int i = 0; i < 5; i++) {
            assertThat(here.get("other:1")).isEqualTo("v");
            assertThat(here.get("user:large")).hasSize(2_000_000);
        }
        assertThat(one.local()).isEqualTo(before);
    }

    // ---- Own writes

    @Test
    void aClientReadsWhatItWroteWhateverItWroteWith() {
        for (int i = 0; i < 20; i++) {
            String value = "v" + i;
            one.readLocally(here, "user:1");
            here.set("user:1", value);
            assertThat(here.get("user:1")).isEqualTo(value);
            one.readLocally(here, "user:1");
            here.eval("return redis.call('set', 'user:1', ARGV[1])", 0, value + "e");
            assertThat(here.get("user:1")).isEqualTo(value + "e");
        }
    }

    @Test
    void aClientReadsWhatAnotherOfTheSameSubscriberWrote() {
        try (Jedis second = one.client()) {
            for (int i = 0; i < 20; i++) {
                one.readLocally(here, "user:1");
                second.set("user:1", "v" + i);
                assertThat(here.get("user:1")).isEqualTo("v" + i);
                one.readLocally(here, "user:1");
                second.eval("return redis.call('append', KEYS[1], 'x')", 1, "user:1");
                assertThat(here.get("user:1")).isEqualTo("v" + i + "x");
            }
        }
    }

    @Test
    void everyCommandThatChangesKeysEvictsThem() {
        Map<String, Runnable> writes = Map.ofEntries(
                Map.entry("del", () -> here.del("user:1")),
                Map.entry("unlink", () -> here.unlink("user:1")),
                Map.entry("append", () -> here.append("user:1", "x")),
                Map.entry("getdel", () -> here.getDel("user:1")),
                Map.entry("getset", () -> here.setGet("user:1", "x")),
                Map.entry("rename", () -> here.rename("user:1", "user:3")),
                Map.entry("rename to", () -> here.rename("user:2", "user:1")),
                Map.entry("copy", () -> here.copy("user:2", "user:1", true)),
                Map.entry("move", () -> here.move("user:1", 1)),
                Map.entry("mset", () -> here.mset("user:2", "x", "user:1", "y")),
                Map.entry("setrange", () -> here.setrange("user:1", 1, "x")),
                Map.entry("sort store", () -> {
                    here.rpush("list", "3", "1");
                    here.sort("list", "user:1");
                }),
                Map.entry("bitop", () -> here.bitop(BitOP.NOT, "user:1", "user:2")),
                Map.entry("flushdb", () -> here.flushDB()),
                Map.entry("flushall", () -> here.flushAll()));
        writes.forEach((name, write) -> {
            direct.flushAll();
            direct.mset("user:1", "first", "user:2", "second");
            await().until(() -> one.readLocally(here, "user:1").equals("first"));
            write.run();
            String type = direct.type("user:1");
            if (type.equals("list")) {
                assertThatThrownBy(() -> here.get("user:1")).as(name).isInstanceOf(JedisDataException.class);
            } else {
                assertThat(here.get("user:1")).as(name).isEqualTo(direct.get("user:1"));
            }
        });
    }

    @Test
    void aPipelineKeepsItsOrder() {
        one.readLocally(here, "user:1");
        Pipeline pipeline = here.pipelined();
        List<Response<String>> answers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            answers.add(pipeline.get("user:1"));
            answers.add(pipeline.get("other:" + i));
            if (i % 10 == 0) {
                pipeline.set("user:1", "v" + i);
            }
        }
        pipeline.sync();
        for (int i = 0; i < 1_000; i++) {
            int last = (i - 1) / 10 * 10;
            assertThat(answers.get(2 * i).get()).as("read %d", i).isEqualTo(i == 0 ? null : "v" + last);
            assertThat(answers.get(2 * i + 1).get()).isNull();
        }
    }

    // ---- Exact commands

    @Test
    void anExactReadSaysWhatItIsWorth() throws Exception {
        here.set("user:1", "Ada");
        try (Wire wire = new Wire(one.port())) {
            wire.send("FRESHET.GET other:1\r\n");
            assertThat(wire.lines(4)).containsExactly("*3", "$-1", "$5", "redis");
            assertThat(wire.line()).isEqualTo(":0");
            one.readLocally(here, "user:1");
            wire.send("FRESHET.GET user:1\r\n");
            assertThat(wire.lines(5)).containsExactly("*3", "$3", "Ada", "$9", "confirmed");
            assertThat(wire.line()).matches(":[0-9]+");
            direct.lpush("user:list", "x");
            wire.send("FRESHET.GET user:list\r\nPING\r\n");
            assertThat(wire.line()).startsWith("-WRONGTYPE");
            assertThat(wire.line()).isEqualTo("+PONG");
            wire.send("FRESHET.GET\r\nMULTI\r\nFRESHET.GET user:1\r\nEXEC\r\n");
            assertThat(wire.line()).isEqualTo("-ERR use FRESHET.GET key");
            assertThat(wire.line()).isEqualTo("+OK");
            assertThat(wire.line()).contains("is not available in a transaction");
            assertThat(wire.line()).isEqualTo("*0");
        }
    }

    @Test
    void aClientInvalidatesARegionOfAllSubscribers() throws Exception {
        here.mset("user:1", "Ada", "user:2", "Bob");
        one.readLocally(here, "user:1");
        other.readLocally(there, "user:1");
        double missesThere = other.forwarded("miss");
        try (Wire wire = new Wire(one.port())) {
            wire.send("FRESHET.INVALIDATE users PREFIXES user:\r\nGET user:1\r\nPING\r\n");
            assertThat(wire.line()).startsWith("$");
            assertThat(wire.line()).matches("[0-9a-f]+-[0-9]+");
            assertThat(wire.lines(3)).containsExactly("$3", "Ada", "+PONG");
            await().until(() -> there.get("user:1").equals("Ada") && other.forwarded("miss") > missesThere);
            wire.send("FRESHET.INVALIDATE users KEYS\r\n");
            assertThat(wire.line()).startsWith("-ERR use FRESHET.INVALIDATE region");
            wire.send("FRESHET.INVALIDATE Users ALL\r\n");
            assertThat(wire.line()).startsWith("-ERR region must");
        }
    }

    // ---- The rest of the protocol

    @Test
    void aTransactionIsRedisOwn() {
        one.readLocally(here, "user:1");
        assertThat(here.watch("user:1")).isEqualTo("OK");
        assertThat(here.get("user:1")).isNull();
        direct.set("user:1", "meanwhile");
        Transaction lost = here.multi();
        lost.set("user:1", "mine");
        assertThat(lost.exec()).isNull();
        Transaction won = here.multi();
        won.set("user:1", "a");
        Response<String> inside = won.get("user:1");
        won.append("user:1", "b");
        won.exec();
        assertThat(inside.get()).isEqualTo("a");
        assertThat(here.get("user:1")).isEqualTo("ab");
        assertThat(one.readLocally(here, "user:1")).isEqualTo("ab");
        Transaction given = here.multi();
        given.set("user:1", "never");
        given.discard();
        assertThat(here.get("user:1")).isEqualTo("ab");
    }

    @Test
    void anotherDatabaseHasNoCopies() {
        here.set("user:1", "zero");
        one.readLocally(here, "user:1");
        here.select(1);
        assertThat(here.get("user:1")).isNull();
        here.set("user:1", "one");
        double before = one.local();
        assertThat(here.get("user:1")).isEqualTo("one");
        assertThat(one.local()).isEqualTo(before);
        here.select(0);
        assertThat(here.get("user:1")).isEqualTo("zero");
        assertThat(one.readLocally(here, "user:1")).isEqualTo("zero");
        Transaction moves = here.multi();
        moves.sendCommand(Protocol.Command.SELECT, "1");
        moves.exec();
        assertThat(here.get("user:1")).isEqualTo("one");
    }

    @Test
    void aBlockingReadHoldsUpOnlyItsOwnConnection() throws Exception {
        CompletableFuture<List<String>> popped = Background.call(() -> {
            try (Jedis waiting = one.client()) {
                return waiting.blpop(60, "queue");
            }
        });
        await().until(() -> redis.server().execute("INFO", "clients").contains("blocked_clients:1"));
        here.set("user:1", "v");
        assertThat(here.get("user:1")).isEqualTo("v");
        here.rpush("queue", "x");
        assertThat(popped.get(60, TimeUnit.SECONDS)).containsExactly("queue", "x");
    }

    @Test
    void messagesArePassedOn() throws Exception {
        List<String> heard = new ArrayList<>();
        JedisPubSub subscription = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                heard.add(message);
                if (message.equals("last")) {
                    unsubscribe();
                }
            }
        };
        CompletableFuture<Void> listening = Background.run(() -> {
            try (Jedis client = one.client()) {
                client.subscribe(subscription, "news");
            }
        });
        await().until(() -> there.publish("news", "probe") == 1);
        there.publish("news", "last");
        listening.get(60, TimeUnit.SECONDS);
        assertThat(heard).startsWith("probe").endsWith("last");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SWAPDB 0 1", "REPLICAOF NO ONE", "SHUTDOWN", "SYNC", "PSYNC ? -1"})
    void whatWouldUndermineCopiesIsRefused(String command) {
        byte[][] arguments = List.of(command.split(" ", -1)).stream()
                .skip(1)
                .map(one -> one.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        String name = command.split(" ", -1)[0];
        assertThatThrownBy(() -> here.sendCommand(() -> name.getBytes(StandardCharsets.UTF_8), arguments))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("is not available through this port");
        assertThat(here.ping()).isEqualTo("PONG");
    }

    @Test
    void inlineCommandsAndErrorsAreRedisOwn() throws Exception {
        try (Wire wire = new Wire(one.port())) {
            wire.send("SET user:1 'a b'\r\nGET user:1\r\nnonsense\r\nPING\r\n");
            assertThat(wire.line()).isEqualTo("+OK");
            assertThat(wire.line()).isEqualTo("$3");
            assertThat(wire.line()).isEqualTo("a b");
            assertThat(wire.line()).startsWith("-ERR unknown command");
            assertThat(wire.line()).isEqualTo("+PONG");
            wire.send("*1\r\n+x\r\n");
            assertThat(wire.line()).startsWith("-ERR Protocol error");
            assertThat(wire.isAtEnd()).isTrue();
        }
    }

    @Test
    void resp3IsSpokenToo() throws Exception {
        direct.set("user:1", "v");
        one.readLocally(here, "user:1");
        one.readLocally(here, "user:none");
        try (Wire wire = new Wire(one.port())) {
            wire.send("HELLO 3\r\n");
            String header = wire.line();
            assertThat(header).startsWith("%");
            wire.send("PING\r\n");
            wire.skipTo("+PONG");
            wire.send("GET user:none\r\nGET user:1\r\n");
            assertThat(wire.line()).isEqualTo("_");
            assertThat(wire.line()).isEqualTo("$1");
            assertThat(wire.line()).isEqualTo("v");
            wire.send("SUBSCRIBE news\r\nGET user:1\r\n");
            assertThat(wire.line()).isEqualTo(">3");
            wire.skipTo(":1");
            assertThat(wire.line()).isEqualTo("$1");
            assertThat(wire.line()).isEqualTo("v");
        }
    }

    // ---- Without Redis

    @Test
    void clientsAreClosedWithRedisAndServedAgainWithIt() {
        here.set("user:1", "v");
        one.readLocally(here, "user:1");
        redis.server().kill();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        here.get("user:1");
                        here.ping();
                    }
                })
                .isInstanceOf(JedisConnectionException.class);
        await().until(() -> one.metric("freshet_resp_tracking") == 0);
        assertThat(one.management().get("/health/ready").text()).contains("passes all commands on");
        redis.server().start();
        await().until(() -> one.metric("freshet_resp_tracking") == 1);
        try (Jedis again = one.client()) {
            assertThat(again.get("user:1")).isEqualTo(direct().get("user:1"));
        }
    }

    private Jedis direct() {
        direct.close();
        direct = new Jedis(redis.host(), redis.port());
        return direct;
    }
}
