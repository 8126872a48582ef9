package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.admin.RedisInspection;
import dev.freshet.bus.admin.RedisRights;
import dev.freshet.bus.admin.RedisRights.Role;
import dev.freshet.bus.admin.RegionInventory;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.source.ChannelFeed;
import dev.freshet.bus.source.ChannelFeedConfig;
import dev.freshet.bus.source.ChannelSender;
import dev.freshet.bus.source.CheckpointStore;
import dev.freshet.bus.source.TrackingFeed;
import dev.freshet.bus.source.TrackingFeedConfig;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Each role does all of its work with its rights, uses all of them, and may do nothing else. */
@SuppressWarnings("NullAway.Init") // the folder, before each test
class RedisRightsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration LONG = Duration.ofSeconds(30);

    /** What asks whether a connection lives, and what servers do not tell of. */
    private static final Set<String> UNSEEN = Set.of("ping", "client|id", "client|setname", "client|tracking");

    @RegisterExtension
    final Closing open = new Closing();

    @TempDir
    private Path folder;

    @BeforeEach
    void forgetRefusals() {
        REDIS.server().execute("ACL", "LOG", "RESET");
    }

    private RedisConfig as(String user, RedisRights rights) throws Exception {
        List<String> command = new ArrayList<>(List.of("ACL", "SETUSER", user, "reset", "on", ">s3cret"));
        command.addAll(rights.rules());
        assertThat(REDIS.server().execute(command.toArray(String[]::new))).isEqualTo("OK");
        Path password = Files.writeString(folder.resolve("password"), "s3cret");
        return Patient.redis(REDIS.uri()).withAccess(RedisAccess.PLAIN.withPasswordFile(user, password));
    }

    private Publisher publisher(RedisConfig redis) {
        return open.closing(Publisher.connect(Patient.publisher(REDIS.uri())
                .withRedis(redis)
                .withLog(100, 1 << 18)
                .withBroadLimit(1000, LONG)));
    }

    private Subscriber subscriber(RedisConfig redis) {
        Subscriber subscriber = open.closing(Subscriber.connect(
                Patient.subscriber(REDIS.uri()).withRedis(redis), Map.of("users", new RecordingReader())));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    @Test
    void aPublisherAndASubscriberNeedAllOfTheirRightsAndNoOther() throws Exception {
        RedisRights toPublish = RedisRights.of(Role.PUBLISHER, Namespace.DEFAULT)
                .withRegions(List.of("users", "orders"))
                .withTier(true)
                .withSources(true)
                .withTracking(true)
                .withChannels(List.of("invalidate", "invalidate:*"));
        RedisRights toFollow = RedisRights.of(Role.SUBSCRIBER, Namespace.DEFAULT)
                .withRegions(List.of("users"))
                .withTier(true);
        RedisConfig asPublisher = as("sender", toPublish);
        RedisConfig asSubscriber = as("follower", toFollow);
        try (CommandsByUser commands = new CommandsByUser(REDIS.server())) {
            Publisher publisher = publisher(asPublisher);
            Subscriber subscriber = subscriber(asSubscriber);
            commands.look();
            useTheTier(asSubscriber, publisher);
            publish(publisher);
            commands.look();
            // A gap, which is filled from the log.
            REDIS.server().execute("CLIENT", "KILL", "TYPE", "pubsub");
            Receipt last = publisher
                    .publish("users", Change.builder().keys("missed").awaited().build())
                    .join();
            assertThat(publisher.awaitApplied(List.of(last), LONG).join().isComplete())
                    .isTrue();
            rememberAsASource(asPublisher, commands);
            listenAndRelay(asPublisher, commands);
            waitForAReplica(asPublisher, commands);
            remove(asPublisher, commands);
            commands.look();
            subscriber.close();

            assertThat(publisher.misconfiguration()).isNull();
            assertThat(REDIS.server().execute("ACL", "LOG")).isEmpty();
            Map<String, Set<String>> byUser = commands.end();
            assertThat(with(byUser.get("sender"), UNSEEN)).containsAll(toPublish.commands());
            assertThat(with(byUser.get("follower"), UNSEEN)).containsAll(toFollow.commands());
        }
    }

    private static Set<String> with(@Nullable Set<String> some, Set<String> others) {
        Set<String> both = new TreeSet<>(some == null ? Set.of() : some);
        both.addAll(others);
        return both;
    }

    private void publish(Publisher publisher) {
        // As if the log had its full bytes before: what comes now trims it.
        IntStream.range(0, 16)
                .forEach(mark -> REDIS.server().execute("HSET", "freshet:{users}:head", "mark" + mark, "1"));
        String longKey = "k".repeat(400);
        for (int round = 0; round < 30; round++) {
            String prefix = round + "-";
            IntStream.range(0, 50)
                    .mapToObj(i -> publisher.publish("users", Change.ofKeys(prefix + i + longKey)))
                    .toList()
                    .forEach(published -> published.join());
        }
        publisher.publish("users", Change.builder().tags("team:7").build()).join();
        publisher.publish("users", Change.builder().prefixes("user:").build()).join();
        assertThat(publisher.regions().join()).contains("users");
        assertThat(publisher.region("users").join().members()).hasSize(1);
        publisher.publish("orders", Change.ofKeys("k")).join();
    }

    /** Values with tags and prefixes, under fences that are looked up, and one that is evicted. */
    private void useTheTier(RedisConfig redis, Publisher publisher) {
        RedisTier tier =
                open.closing(RedisTier.connect(Patient.tier(REDIS.uri()).withRedis(redis)));
        RedisTier.Region region = tier.region("users", Duration.ofHours(1));
        publisher.publish("users", Change.ofKeys("begin")).join();
        for (String key : List.of("a", "b")) {
            TierRead.Absent absent = (TierRead.Absent) region.read(key).join();
            TierValue value =
                    TierValue.of(key.getBytes(StandardCharsets.UTF_8), List.of("team:7"), OptionalLong.empty());
            assertThat(region.store(key, absent.lease(), value, LONG).join()).isEqualTo(TierStored.STORED);
            assertThat(region.read(key).join()).isInstanceOf(TierRead.Found.class);
        }
        publisher.publish("users", Change.ofKeys("a")).join();
        publisher.publish("users", Change.builder().tags("team:7").build()).join();
        publisher.publish("users", Change.builder().prefixes("b").build()).join();
        assertThat(region.read("b").join()).isInstanceOf(TierRead.Absent.class);
        assertThat(region.evict(List.of(new Selector.Keys(List.of("b")))).join())
                .isTrue();
    }

    private static void rememberAsASource(RedisConfig redis, CommandsByUser commands) {
        try (CheckpointStore store = new CheckpointStore(redis, "shop")) {
            assertThat(store.identity()).isNotEmpty();
            store.take();
            store.write(Map.of("offset", "1"));
            store.replace(Map.of("offset", "2"));
            commands.look();
        }
    }

    private static void listenAndRelay(RedisConfig redis, CommandsByUser commands) {
        Silent silent = new Silent();
        try (TrackingFeed tracking =
                        TrackingFeed.open(new TrackingFeedConfig(redis, "shop", List.of("product:"), LONG), silent);
                ChannelFeed channels = ChannelFeed.open(
                        new ChannelFeedConfig(
                                redis,
                                "shop",
                                List.of("invalidate", Namespace.DEFAULT.sentBySource("shop")),
                                List.of("invalidate:*"),
                                LONG),
                        silent);
                ChannelSender sender = new ChannelSender(redis, "shop");
                LogReader log = LogReader.of(redis, "users")) {
            assertThat(tracking.heardAt()).isNotNull();
            assertThat(channels.heardAt()).isNotNull();
            assertThat(log.read(0, 1, Duration.ofMillis(1))).hasSize(1);
            assertThat(sender.position("users")).isNull();
            Position end = log.head();
            if (end == null) {
                throw new AssertionError("there is no log");
            }
            assertThat(sender.send("users", end, end, List.of(new ChannelSender.Message("invalidate", "user:1"))))
                    .isTrue();
            assertThat(sender.position("users")).isEqualTo(end);
            assertThat(sender.send("users", new Position(1, 1), end, List.of()))
                    .as("another one has relayed more")
                    .isFalse();
            await().until(() -> silent.heard.contains("user:1"));
            commands.look();
        }
    }

    private static final class Silent implements TrackingFeed.Handler, ChannelFeed.Handler {
        private final List<String> heard = new CopyOnWriteArrayList<>();

        @Override
        public void changed(byte[] key) {
            heard.add("a key");
        }

        @Override
        public void flushed() {
            heard.add("all keys");
        }

        @Override
        public void message(String subscription, byte[] channel, byte[] message) {
            heard.add(new String(message, StandardCharsets.UTF_8));
        }

        @Override
        public void lost(String why) {
            heard.add(why);
        }
    }

    private void waitForAReplica(RedisConfig redis, CommandsByUser commands) {
        Publisher careful = open.closing(Publisher.connect(
                Patient.publisher(REDIS.uri()).withRedis(redis).withWait(1, Duration.ofMillis(1))));
        assertThatThrownBy(() -> careful.publish("users", Change.ofKeys("k")).join())
                .hasCauseInstanceOf(UnavailableException.class);
        commands.look();
    }

    private static void remove(RedisConfig redis, CommandsByUser commands) {
        try (RegionInventory inventory = RegionInventory.open(redis)) {
            assertThat(inventory.remove("orders", Duration.ZERO)).isEqualTo(RegionInventory.Fate.REMOVED);
            commands.look();
        }
    }

    @Test
    void aDoctorMayDoWhatBothMayAndLook() throws Exception {
        publisher(Patient.redis(REDIS.uri()))
                .publish("users", Change.ofKeys("k"))
                .join();
        RedisConfig redis =
                as("doctor", RedisRights.of(Role.DOCTOR, Namespace.DEFAULT).withTier(true));

        try (RedisInspection inspection = RedisInspection.connect(redis, "users")) {
            assertThat(inspection.refusedCommands()).isEmpty();
            assertThat(inspection.refusedTierCommands()).isEmpty();
            assertThat(inspection.setting("maxmemory-policy")).isPresent();
            assertThat(inspection.expiringKeys()).isEmpty();
            assertThat(inspection.hasTier()).isFalse();
        }
        try (LogReader log = LogReader.of(redis, "users")) {
            assertThat(log.head()).isNotNull();
        }
        try (RegionInventory inventory = RegionInventory.open(redis)) {
            assertThat(inventory.use("users").logBytes()).isPresent();
        }
        assertThat(REDIS.server().execute("ACL", "LOG")).isEmpty();
    }

    @Test
    void nobodyMayTouchAnythingElse() throws Exception {
        for (Role role : Role.values()) {
            RedisRights rights = RedisRights.of(role, Namespace.DEFAULT).withRegions(List.of("users"));
            String user = role.name().toLowerCase(Locale.ROOT);
            as(user, rights);
            for (String refused : List.of(
                    "FLUSHALL",
                    "CONFIG SET maxmemory 1",
                    "KEYS *",
                    "SHUTDOWN",
                    "ACL LIST",
                    "SCRIPT FLUSH",
                    "CLIENT KILL TYPE normal",
                    "HGET session:1 user",
                    "HMGET freshet:{orders}:head epoch",
                    "PUBLISH freshet:{orders}:v1 x",
                    "PUBLISH news x")) {
                assertThatThrownBy(() -> run(user, refused))
                        .as("%s as %s", refused, user)
                        .hasMessageContaining("NOPERM");
            }
        }
    }

    private static void run(String user, String command) {
        try (RedisSession session = new RedisSession(REDIS.server())) {
            session.call("AUTH", user, "s3cret");
            session.call(command.split(" "));
        }
    }

    @Test
    void ofOtherNamespacesAndDatabases() {
        RedisRights rights =
                RedisRights.of(Role.SUBSCRIBER, new Namespace("shop", 3)).withRegions(List.of("users"));

        assertThat(rights.rules())
                .startsWith(
                        "resetkeys", "resetchannels", "-@all", "~shop:{users}:*", "~shop:regions", "&shop:{users}:*")
                .contains("+select", "+subscribe")
                .doesNotContain("+config|get");
        assertThat(rights.inCluster(true).commands())
                .contains("ssubscribe", "spublish", "asking", "cluster|slots")
                .doesNotContain("subscribe", "publish");
        assertThat(RedisRights.of(Role.PUBLISHER, Namespace.DEFAULT).keys()).containsExactly("freshet:*");
        assertThatThrownBy(() -> rights.withRegions(Arrays.asList("Users")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
