package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.subscriber.RawHttp;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** Hashes and sets, whose answers a region keeps that asks for it. */
@SuppressWarnings("NullAway.Init") // before each test
class RespStructuresTest {

    private static final String[] ALL = {"HGET", "HMGET", "HGETALL", "SISMEMBER"};

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private Sidecar sidecar;
    private Jedis here;
    private Jedis direct;

    @BeforeEach
    void start() {
        sidecar = Sidecar.start(
                redis.uri(),
                "resp.rules.users.commands",
                String.join(",", ALL).toLowerCase(Locale.ROOT),
                "resp.maximum-value",
                "1KiB");
        here = sidecar.client();
        direct = new Jedis(redis.host(), redis.port());
        direct.hset("user:hash", Map.of("name", "Ada", "born", "1815"));
        direct.sadd("user:set", "a", "b");
        direct.set("user:string", "v");
    }

    @AfterEach
    void stop() {
        here.close();
        direct.close();
        sidecar.close();
    }

    // ---- The same bytes as from Redis

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HGET user:hash name",
                "hget user:hash none",
                "HMGET user:hash name none born",
                "HMGET user:hash name",
                "HGETALL user:hash",
                "SISMEMBER user:set a",
                "SISMEMBER user:set z",
                "HGET user:absent name",
                "HMGET user:absent name born",
                "HGETALL user:absent",
                "SISMEMBER user:absent a"
            })
    void aSecondReadIsAnsweredHereWithTheSameBytes(String command) throws IOException {
        for (String hello : new String[] {"HELLO 2", "HELLO 3"}) {
            List<String> ofRedis = answer(redis.port(), hello, command);
            awaitLocal(hello, command, ofRedis);
        }
    }

    private void awaitLocal(String hello, String command, List<String> expected) {
        await().pollInterval(2, TimeUnit.MILLISECONDS).until(() -> {
            double before = sidecar.local();
            assertThat(answer(sidecar.port(), hello, command)).as(hello).isEqualTo(expected);
            return sidecar.local() > before;
        });
    }

    private static List<String> answer(int port, String hello, String command) throws IOException {
        try (Wire wire = new Wire(port)) {
            wire.send(hello + "\r\nECHO begin\r\n");
            wire.skipTo("begin");
            wire.send(command + "\r\n");
            wire.send("PING\r\n");
            List<String> lines = new ArrayList<>();
            for (String line = wire.line(); !line.equals("+PONG"); line = wire.line()) {
                lines.add(line);
            }
            return lines;
        }
    }

    @Test
    void answersOfOneKeyAreKeptBesideEachOther() throws IOException {
        String[] commands = {"HGET user:hash name", "HGET user:hash born", "HGETALL user:hash", "HMGET user:hash born"};
        for (String command : commands) {
            awaitLocal("HELLO 2", command, answer(redis.port(), "HELLO 2", command));
        }
        double before = sidecar.local();
        for (String command : commands) {
            answer(sidecar.port(), "HELLO 2", command);
        }
        assertThat(sidecar.local()).isEqualTo(before + commands.length);
    }

    // ---- Changes

    @Test
    void anyChangeOfTheKeyEvictsAllAnswers() throws IOException {
        for (int i = 0; i < 20; i++) {
            String now = Integer.toString(i);
            here.hset("user:hash", "name", now);
            assertThat(here.hget("user:hash", "name")).isEqualTo(now);
            assertThat(here.hgetAll("user:hash")).containsEntry("name", now);
            awaitLocal("HELLO 2", "HGET user:hash name", List.of("$" + now.length(), now));
            awaitLocal("HELLO 2", "HMGET user:hash name", List.of("*1", "$" + now.length(), now));
            direct.hset("user:hash", "name", "elsewhere");
            await().untilAsserted(() -> {
                assertThat(here.hget("user:hash", "name")).isEqualTo("elsewhere");
                assertThat(here.hmget("user:hash", "name")).containsExactly("elsewhere");
            });
        }
    }

    @Test
    void aKeyMayChangeItsType() throws IOException {
        awaitLocal("HELLO 2", "HGET user:hash name", List.of("$3", "Ada"));
        direct.del("user:hash");
        await().until(() -> here.hget("user:hash", "name") == null);
        awaitLocal("HELLO 2", "HGET user:hash name", List.of("$-1"));
        here.set("user:hash", "now a string");
        assertThat(sidecar.readLocally(here, "user:hash")).isEqualTo("now a string");
        assertThatIsWrongType("HGET user:hash name");
        here.del("user:hash");
        here.sadd("user:hash", "m");
        awaitLocal("HELLO 2", "SISMEMBER user:hash m", List.of(":1"));
        assertThatIsWrongType("HGET user:hash name");
        assertThatIsWrongType("GET user:hash");
        assertThatIsWrongType("STRLEN user:hash");
    }

    @Test
    void anAnswerEndsWithItsKey() throws IOException {
        direct.pexpire("user:hash", 300);
        answer(sidecar.port(), "HELLO 2", "HGETALL user:hash");
        await().until(() -> here.hgetAll("user:hash").isEmpty());
        awaitLocal("HELLO 2", "HGETALL user:hash", List.of("*0"));
    }

    @Test
    void existenceAndLifeOfAHashAreKnownFromItsAnswers() throws IOException {
        direct.expire("user:hash", 1000);
        awaitLocal("HELLO 2", "HGET user:hash name", List.of("$3", "Ada"));
        double before = sidecar.local();
        assertThat(here.exists("user:hash")).isTrue();
        assertThat(here.ttl("user:hash")).isBetween(900L, 1000L);
        assertThat(sidecar.local()).isEqualTo(before + 2);
        assertThat(here.mget("user:hash")).containsExactly((String) null);
    }

    // ---- What is not kept

    @ParameterizedTest
    @CsvSource({"HGET user:string f", "HGETALL user:set", "SISMEMBER user:hash m", "HMGET user:string a b"})
    void aWrongTypeIsNotKept(String command) throws IOException {
        for (int i = 0; i < 5; i++) {
            assertThatIsWrongType(command);
        }
        assertThat(sidecar.local()).isZero();
        assertThat(sidecar.metric("freshet_resp_fills_total{region=\"users\",result=\"kept\"}"))
                .isZero();
    }

    private void assertThatIsWrongType(String command) throws IOException {
        assertThat(answer(sidecar.port(), "HELLO 2", command))
                .singleElement()
                .asString()
                .startsWith("-WRONGTYPE");
    }

    @Test
    void whatIsTooLargeIsNotFetched() throws IOException {
        direct.hset("user:large", "f", "x".repeat(2000));
        for (int i = 0; i < 5; i++) {
            assertThat(here.hget("user:large", "f")).hasSize(2000);
            assertThat(here.hgetAll("user:large")).hasSize(1);
        }
        assertThat(here.hget("user:large", "other")).isNull();
        awaitLocal("HELLO 2", "HGET user:large other", List.of("$-1"));
        assertThat(sidecar.metric("freshet_resp_fills_total{region=\"users\",result=\"unsuitable\"}"))
                .isZero();
    }

    @Test
    void aRegionThatDoesNotAskKeepsNone() {
        try (Sidecar strings = Sidecar.start(redis.uri(), "resp.rules.users.commands", "HGETALL");
                Jedis client = strings.client()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.hget("user:hash", "name")).isEqualTo("Ada");
                assertThat(client.sismember("user:set", "a")).isTrue();
            }
            assertThat(strings.local()).isZero();
            await().until(() -> client.hgetAll("user:hash").size() == 2 && strings.local() > 0);
        }
    }

    @Test
    void insideATransactionAllIsRedisOwn() throws IOException {
        awaitLocal("HELLO 2", "HGET user:hash name", List.of("$3", "Ada"));
        try (Wire wire = new Wire(sidecar.port())) {
            wire.send("MULTI\r\nHGET user:hash name\r\nEXEC\r\n");
            assertThat(wire.lines(5)).containsExactly("+OK", "+QUEUED", "*1", "$3", "Ada");
        }
    }

    // ---- Others who could see them

    @Test
    void overHttpTheyCannotBeRead() throws IOException {
        awaitLocal("HELLO 2", "HGET user:hash name", List.of("$3", "Ada"));
        RawHttp http = new RawHttp(sidecar.httpPort());
        assertThat(http.get("/v1/regions/users/entries/user:hash").status()).isEqualTo(409);
    }

    @Test
    void whoMayNotReadLikeThatGetsNothingFromCopies() {
        direct.aclSetUser("reader", "on", ">secret", "~*", "&*", "+@all", "-hgetall");
        try (Sidecar without = Sidecar.starting(
                        redis.uri().replace("redis://", "redis://reader:secret@"),
                        "resp.rules.users.commands",
                        "HGETALL");
                Jedis client = without.client()) {
            client.auth("reader", "secret");
            await().until(() -> without.metric("freshet_resp_tracking") == 0
                    && without.management().get("/health/ready").text().contains("hgetall"));
            assertThat(client.hget("user:hash", "name")).isEqualTo("Ada");
            assertThatThrownBy(() -> client.hgetAll("user:hash"))
                    .isInstanceOf(JedisDataException.class)
                    .hasMessageContaining("NOPERM");
        } finally {
            direct.aclDelUser("reader");
        }
    }
}
