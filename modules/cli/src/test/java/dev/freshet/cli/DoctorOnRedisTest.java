package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.testkit.RedisServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the doctor on servers with one fault each. */
class DoctorOnRedisTest {

    private RedisServer server = RedisServer.started();

    @AfterEach
    void stop() {
        server.close();
    }

    private Outcome examine() {
        return Outcome.of("doctor", "--redis", server.uri());
    }

    @Test
    void aFreshServerHasNoFault() {
        Outcome outcome = examine();

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
        assertThat(outcome.out()).contains("Redis " + server.version(), "there is no region yet", "no fault");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{http: {host: 0.0.0.0, maximum-body: 1MiB}} | note   rights: http.host is 0.0.0.0, and no callers are configured",
                "{regions: {users: {maximum-entries: 5}}, http: {host: 0.0.0.0}} | can read, store and evict every entry",
                "{http: {tokens-file: tokens}} | note   rights: http.host is 0.0.0.0, and http.tls.certificate is not set",
                "{regions: {users: {maximum-entries: 5}}} | ok     rights: the configuration opens the data port to no strangers",
                "{http: {tokens-file: t, tls: {certificate: c, key: k}}} | ok     rights: ",
            })
    void aConfigurationThatOpensAPortToStrangers(String yaml, String said, @TempDir Path folder) throws IOException {
        Path config = Files.writeString(folder.resolve("freshet.yaml"), yaml);

        Outcome outcome = Outcome.of("doctor", "--redis", server.uri(), "--config", config.toString());

        assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
        assertThat(outcome.out()).contains(said);
    }

    @Test
    void aPublisherThatGivesNoAnswer() {
        Outcome outcome = Outcome.of("doctor", "--redis", server.uri(), "--publisher", "http://127.0.0.1:1");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).contains("FAULT  publisher: http://127.0.0.1:1 gives no answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"allkeys-lru", "allkeys-random"})
    void aPolicyThatEvictsOurKeys(String policy) {
        server.execute("CONFIG", "SET", "maxmemory-policy", policy);

        Outcome outcome = examine();

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).contains("FAULT  memory: maxmemory-policy is " + policy, "noeviction");
    }

    @ParameterizedTest
    @ValueSource(strings = {"noeviction", "volatile-lru", "volatile-ttl"})
    void aPolicyThatLeavesOurKeysAlone(String policy) {
        server.execute("CONFIG", "SET", "maxmemory-policy", policy);

        assertThat(examine().exitCode()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unlink", "get", "set", "pttl", "hlen"})
    void aCommandThatOnlyARedisTierNeeds(String command) {
        server.execute("ACL", "SETUSER", "app", "on", ">s3cret", "resetchannels", "~*", "&*", "+@all", "-" + command);
        Outcome without = Outcome.of("doctor", "--redis", asUser());
        assertThat(without.out().toLowerCase(Locale.ROOT))
                .contains("refuses " + command + ", which only regions that keep values in redis (redis-tier) need");

        server.execute("HSET", "freshet:{users}:head", "tier", "1 0 1 1 3600000");
        server.execute("SADD", "freshet:regions", "users");
        Outcome with = Outcome.of("doctor", "--redis", asUser());
        assertThat(with.exitCode()).isEqualTo(1);
        assertThat(with.out().toLowerCase(Locale.ROOT))
                .contains("refuses " + command + ", which regions that keep values in redis need", "+" + command);
    }

    @Test
    void aKeyOfOursThatSomebodyGaveATimeToLive() {
        server.execute("HSET", "freshet:{users}:head", "epoch", "0123456789abcdef");
        server.execute("EXPIRE", "freshet:{users}:head", "1000");

        Outcome outcome = Outcome.of("doctor", "--region", "users", "--redis", server.uri());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out())
                .contains("FAULT  expiry: freshet:{users}:head has a time to live", "PERSIST freshet:{users}:head");
    }

    @Test
    void anOutputBufferThatAPauseOverflows() {
        server.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 65536 32768 10");

        Outcome outcome = examine();

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out())
                .contains("FAULT  output-buffers: ", "64 KiB", "CONFIG SET client-output-buffer-limit");
    }

    @Test
    void aReplicaAndAMasterThatDoesNotWaitForIt() throws IOException {
        // Containers cannot connect to each other by the host's address. So this test itself is the master's replica
        // (it
        // sends PSYNC), and the replica's master is a port that never answers.
        try (RedisServer replica = RedisServer.started();
                ServerSocket silentMaster = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket attached = new Socket(server.host(), server.port())) {
            replica.execute("REPLICAOF", server.host(), Integer.toString(silentMaster.getLocalPort()));
            attached.getOutputStream().write("PSYNC ? -1\r\n".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> server.execute("INFO", "replication").contains("connected_slaves:1"));

            Outcome ofReplica = Outcome.of("doctor", "--redis", replica.uri());
            Outcome ofMaster = examine();

            assertThat(ofReplica.exitCode()).isEqualTo(1);
            assertThat(ofReplica.out()).contains("FAULT  role: ", "is a replica of");
            assertThat(ofMaster.exitCode()).isEqualTo(1);
            assertThat(ofMaster.out()).contains("FAULT  replicas: 1 replica is attached", "min-replicas-to-write 1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xadd", "evalsha", "publish", "subscribe", "hgetall", "xrange", "time"})
    void aCommandThatTheUserMayNotRun(String command) {
        server.execute("ACL", "SETUSER", "app", "on", ">s3cret", "resetchannels", "~*", "&*", "+@all", "-" + command);

        Outcome outcome = Outcome.of("doctor", "--region", "users", "--redis", asUser());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out().toLowerCase(Locale.ROOT))
                .contains("refuses " + command + " (noperm", "grant it: acl setuser <user> +" + command)
                .doesNotContain("s3cret");
    }

    @Test
    void keysAndChannelsThatTheUserMayNotUse() {
        server.execute("ACL", "SETUSER", "app", "on", ">s3cret", "resetchannels", "~other:*", "&other:*", "+@all");

        Outcome outcome = Outcome.of("doctor", "--region", "users", "--redis", asUser());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).contains("refuses XADD", "refuses PUBLISH", "~freshet:* &freshet:*");
    }

    @Test
    void aUserWithJustTheRightsThatAreNeeded() {
        server.execute(
                "ACL",
                "SETUSER",
                "app",
                "on",
                ">s3cret",
                "resetchannels",
                "~freshet:*",
                "&freshet:*",
                "-@all",
                "+@connection",
                "+time",
                "+info",
                "+wait",
                "+eval",
                "+evalsha",
                "+hmget",
                "+hget",
                "+hset",
                "+hgetall",
                "+hdel",
                "+xadd",
                "+xtrim",
                "+xrange",
                "+xlen",
                "+sadd",
                "+smembers",
                "+srem",
                "+scard",
                "+del",
                "+rpush",
                "+pexpire",
                "+lrange",
                "+publish",
                "+subscribe",
                "+unsubscribe");

        Outcome outcome = Outcome.of("doctor", "--redis", asUser());

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
        assertThat(outcome.out()).contains("cannot be read with this user's rights");
    }

    @Test
    void aPasswordThatIsMissingOrWrong() {
        server.close();
        server = RedisServer.builder().withPassword("s3cret").start();
        String bare = "redis://" + server.host() + ":" + server.port();

        assertThat(examine().exitCode()).isZero();
        for (String uri : new String[] {bare, bare.replace("//", "//:wr0ng@")}) {
            Outcome outcome = Outcome.of("doctor", "--redis", uri);
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out()).contains("FAULT").doesNotContain("s3cret", "wr0ng");
        }
    }

    @Test
    void aRegionThatNobodyFollows() {
        Outcome outcome = Outcome.of("doctor", "--region", "usres", "--redis", server.uri());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).contains("FAULT  canary: no live member follows usres");
    }

    @Test
    void aServerThatRefusesToWrite() {
        Outcome.of("publish", "users", "--all", "--redis", server.uri());
        server.execute("CONFIG", "SET", "maxmemory", "1");

        Outcome outcome = Outcome.of("doctor", "--region", "users", "--redis", server.uri());

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).contains("FAULT  canary: nothing can be published to users", "OOM");
    }

    /** A record as a publisher of another log would send it. */
    private static final String FOREIGN = "0123456789abcdef 7 1700000000000000\nx";

    @Test
    void recordsOfAnotherLogOnOurChannelAreAFault() throws Exception {
        Outcome.of("publish", "users", "--all", "--redis", server.uri());
        CountDownLatch done = new CountDownLatch(1);
        Thread foreign = new Thread(() -> {
            try {
                while (!done.await(20, TimeUnit.MILLISECONDS)) {
                    server.execute("PUBLISH", "freshet:{users}:v1", FOREIGN);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        foreign.start();
        try {
            Outcome outcome = examine();
            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.out())
                    .contains(
                            "FAULT  neighbours: foreign messages on freshet:{users}:v1 while",
                            "for example a record at 0123456789abcdef-7. Each resets region users")
                    .contains("redis.namespace");
        } finally {
            done.countDown();
            foreign.join();
        }
    }

    @Test
    void otherDeploymentsAreNamedAndDoNoHarm() throws IOException {
        Outcome.of("publish", "users", "--all", "--redis", server.uri());
        RedisConfig shop = RedisConfig.of(server.uri() + "/3").withNamespace("shop");
        try (Subscriber elsewhere = Subscriber.connect(
                        SubscriberConfig.of(shop.uri()).withRedis(shop), Map.of("users", new DeafReader()));
                Socket listening = new Socket(server.host(), server.port())) {
            await().until(elsewhere::isCaughtUp);
            listening.getOutputStream().write("SUBSCRIBE freshet:{users}:v1\r\n".getBytes(StandardCharsets.UTF_8));
            await().until(() ->
                    server.execute("PUBSUB", "NUMSUB", "freshet:{users}:v1").endsWith("1"));

            Outcome outcome = examine();
            assertThat(outcome.exitCode()).as(outcome.out()).isZero();
            assertThat(outcome.out())
                    .contains("note   neighbours: others use this Redis too", "namespace shop, database 3")
                    .contains("connections that subscribe to freshet:{users}:v1: 1, but live members of users: 0");

            Outcome ofShop =
                    Outcome.of("doctor", "--region", "users", "--redis", shop.uri(), "--set", "redis.namespace=shop");
            assertThat(ofShop.out()).contains("applied by its one live member", "namespace freshet, database 0");
            assertThat(Outcome.of("members", "users", "--redis", shop.uri(), "--set", "redis.namespace=shop")
                            .outLines())
                    .anyMatch(line -> line.contains("-"));
        }
    }

    @Test
    void theAnswerInJson() {
        Outcome outcome = Outcome.of("doctor", "--json", "--redis", server.uri());

        assertThat(outcome.out()).startsWith("{\"redis\":").contains("\"faults\":0", "\"check\":\"version\"");
    }

    private String asUser() {
        return "redis://app:s3cret@" + server.host() + ":" + server.port();
    }
}
