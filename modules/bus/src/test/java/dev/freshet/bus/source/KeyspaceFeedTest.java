package dev.freshet.bus.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.source.KeyspaceFeedConfig.Notifications;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisCluster;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisSentinels;
import dev.freshet.testkit.RedisServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;

/** What Redis tells of keys is heard, or it is said that it may not have been. */
class KeyspaceFeedTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** A connection that is silent for four of them ends the feed, also where a busy machine is why. */
    private static final Duration BEAT = Duration.ofSeconds(1);

    private static final Duration QUICK_BEAT = Duration.ofMillis(100);

    private final Ear ear = new Ear();
    private @Nullable KeyspaceFeed feed;

    private static final class Ear implements KeyspaceFeed.Handler {
        private final List<String> events = new CopyOnWriteArrayList<>();
        private final List<String> lost = new CopyOnWriteArrayList<>();
        private volatile boolean interrupts;
        private volatile boolean fails;

        @Override
        public void event(String event, byte[] key) {
            String interrupted = Thread.currentThread().isInterrupted() ? "interrupted: " : "";
            events.add(interrupted + event + " " + new String(key, StandardCharsets.UTF_8));
            misbehave();
        }

        @Override
        public void lost(String why) {
            lost.add(why);
            misbehave();
        }

        private void misbehave() {
            if (interrupts) {
                Thread.currentThread().interrupt();
            }
            if (fails) {
                throw new LinkageError("of the application");
            }
        }
    }

    @BeforeEach
    void asAfterInstallation() {
        REDIS.server().execute("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all");
        REDIS.server().execute("CONFIG", "SET", "notify-keyspace-events", "");
    }

    @AfterEach
    void close() {
        if (feed != null) {
            feed.close();
        }
    }

    private void open(String uri, Notifications notifications, String... events) {
        open(Patient.redis(uri), BEAT, notifications, events);
    }

    private void open(RedisConfig redis, Duration beat, Notifications notifications, String... events) {
        feed = KeyspaceFeed.open(new KeyspaceFeedConfig(redis, "test", Set.of(events), notifications, beat), ear);
    }

    private static String setting(RedisServer server) {
        return server.execute("CONFIG", "GET", "notify-keyspace-events")
                .lines()
                .skip(1)
                .findFirst()
                .orElse("");
    }

    @Test
    void aServerThatTellsNothingIsSetUpAndKeepsWhatOthersAskedItFor() {
        REDIS.server().execute("CONFIG", "SET", "notify-keyspace-events", "Kg");
        open(REDIS.uri(), Notifications.SET, "expired", "evicted");

        assertThat(setting(REDIS.server())).contains("K", "g", "E", "x", "e");
        REDIS.server().execute("SET", "product:1", "one", "PX", "1");
        await().untilAsserted(() -> {
            REDIS.server().execute("GET", "product:1");
            assertThat(ear.events).containsExactly("expired product:1");
        });
    }

    @Test
    void onlyTheEventsThatWereAskedForAreHeard() {
        open(REDIS.uri(), Notifications.SET, "del", "hset", "json.set");
        REDIS.server().execute("SET", "product:1", "one");
        REDIS.server().execute("HSET", "product:2", "name", "two");
        REDIS.server().execute("UNLINK", "product:1");
        await().untilAsserted(() -> assertThat(ear.events).containsExactly("hset product:2", "del product:1"));
    }

    @Test
    void aServerThatMayNotBeSetUpIsNamedWithWhatToSay() {
        assertThatThrownBy(() -> open(REDIS.uri(), Notifications.CHECK, "expired"))
                .isInstanceOf(BusException.class)
                .hasMessageContaining("does not tell of expired")
                .hasMessageContaining("CONFIG SET notify-keyspace-events Ex");

        REDIS.server().execute("ACL", "SETUSER", "default", "-config", "+config|get");
        assertThatThrownBy(() -> open(REDIS.uri(), Notifications.SET, "expired"))
                .hasMessageContaining("may not set it")
                .hasMessageContaining("CONFIG SET notify-keyspace-events Ex");

        REDIS.server().execute("ACL", "SETUSER", "default", "-config");
        assertThatThrownBy(() -> open(REDIS.uri(), Notifications.SET, "expired", "del"))
                .hasMessageContaining("does not let this user read its setting")
                .hasMessageContaining("\"Egx\"");
        open(REDIS.uri(), Notifications.ASSUME, "expired");
        assertThat(ear.lost).isEmpty();
    }

    @Test
    void aSettingThatIsTakenBackEndsTheFeed() {
        open(REDIS.uri(), Notifications.SET, "expired");
        REDIS.server().execute("CONFIG", "SET", "notify-keyspace-events", "");
        await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        assertThat(ear.lost.get(0)).contains("notify-keyspace-events is \"\"");
    }

    @Test
    void aHandlerThatLeavesItsThreadInterruptedHearsOn() {
        ear.interrupts = true;
        open(REDIS.uri(), Notifications.SET, "set");
        for (int i = 1; i <= 3; i++) {
            int events = i;
            REDIS.server().execute("SET", "product:" + i, "one");
            await().untilAsserted(() -> assertThat(ear.events).hasSize(events));
        }
        assertThat(ear.events).containsExactly("set product:1", "set product:2", "set product:3");
        assertThat(ear.lost).isEmpty();
    }

    @Test
    void aHandlerThatFailsEndsTheFeedOnceThoughItFailsAtThatToo() {
        ear.fails = true;
        open(REDIS.uri(), Notifications.SET, "set");
        REDIS.server().execute("SET", "product:1", "one");
        await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        assertThat(ear.lost.get(0)).contains("handler", "LinkageError");
        REDIS.server().execute("SET", "product:2", "two");
        REDIS.server().execute("CONFIG", "SET", "notify-keyspace-events", "");
        close();
        assertThat(ear.events).hasSize(1);
        assertThat(ear.lost).hasSize(1);
    }

    @Test
    void aServerThatDiesOrFallsSilentEndsTheFeedOnce() {
        open(REDIS.uri(), Notifications.SET, "expired");
        REDIS.server().kill();
        await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        REDIS.server().start();

        try (FaultProxy proxy = FaultProxy.to(REDIS.server())) {
            open(Patient.redis(proxy.redisUri()), QUICK_BEAT, Notifications.SET, "expired");
            proxy.blackhole();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(2));
            assertThat(ear.lost.get(1)).contains("is lost");
        }
    }

    @Test
    void aServerThatBecomesAReplicaEndsTheFeed() {
        open(REDIS.uri(), Notifications.SET, "expired");
        REDIS.server().execute("REPLICAOF", "127.0.0.1", "1");
        try {
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
            assertThat(ear.lost.get(0)).contains("replica");
        } finally {
            REDIS.server().execute("REPLICAOF", "NO", "ONE");
        }
    }

    @Test
    void theDatabaseOfTheAddressIsTheOneThatIsHeard() {
        open(REDIS.uri() + "/3", Notifications.SET, "set");
        REDIS.server().execute("SET", "elsewhere", "0");
        try (Jedis jedis = new Jedis(REDIS.host(), REDIS.port())) {
            jedis.select(3);
            jedis.set("here", "3");
        }
        await().untilAsserted(() -> assertThat(ear.events).containsExactly("set here"));
    }

    @Test
    void inAClusterEachMasterIsHeardAndAMasterThatDiesEndsTheFeed() {
        try (RedisCluster cluster = RedisCluster.started()) {
            open(cluster.uri(), Notifications.SET, "set");
            List<String> keys =
                    IntStream.range(0, 30).mapToObj(i -> "product:" + i).toList();
            keys.forEach(key -> cluster.masterOf(key).execute("SET", key, "1"));
            assertThat(keys.stream().map(cluster::masterOf).distinct()).hasSize(3);
            await().untilAsserted(() -> assertThat(ear.events)
                    .containsExactlyInAnyOrderElementsOf(
                            keys.stream().map(key -> "set " + key).toList()));
            assertThat(ear.lost).isEmpty();

            cluster.masterOf(keys.get(7)).kill();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));
        }
    }

    @Test
    void sentinelsThatFallSilentTakeNothingAwayFromWhatTheMasterTells() {
        try (RedisSentinels sentinels = RedisSentinels.started()) {
            List<FaultProxy> proxies = Pattern.compile("127\\.0\\.0\\.1:(\\d+)")
                    .matcher(sentinels.uri())
                    .results()
                    .map(found -> FaultProxy.to("127.0.0.1", Integer.parseInt(found.group(1))))
                    .toList();
            try {
                RedisConfig behindProxies = RedisConfig.of("redis-sentinel://"
                        + proxies.stream()
                                .map(proxy -> proxy.host() + ":" + proxy.port())
                                .collect(Collectors.joining(","))
                        + "/main");
                open(behindProxies, BEAT, Notifications.SET, "set");
                proxies.forEach(FaultProxy::blackhole);
                // Longer than a connection may be silent, counted from the first look at the sentinels, which takes as
                // long.
                await().pollDelay(BEAT.multipliedBy(9)).until(() -> true);
                assertThat(ear.lost).isEmpty();
                sentinels.master().execute("SET", "product:1", "x");
                await().untilAsserted(() -> assertThat(ear.events).containsExactly("set product:1"));
            } finally {
                proxies.forEach(FaultProxy::close);
            }
        }
    }

    @Test
    void behindSentinelsTheFeedEndsWithTheMasterAndTheNextOneHearsTheNewOne() {
        try (RedisSentinels sentinels = RedisSentinels.started()) {
            open(sentinels.uri(), Notifications.SET, "set");
            RedisServer old = sentinels.master();
            old.execute("SET", "before", "1");
            await().untilAsserted(() -> assertThat(ear.events).containsExactly("set before"));
            old.kill();
            await().untilAsserted(() -> assertThat(ear.lost).hasSize(1));

            sentinels.awaitFailover(old);
            await().ignoreExceptionsMatching(e -> e instanceof BusException).until(() -> {
                open(sentinels.uri(), Notifications.SET, "set");
                return true;
            });
            sentinels.master().execute("SET", "after", "1");
            await().untilAsserted(() -> assertThat(ear.events).containsExactly("set before", "set after"));
        }
    }
}
