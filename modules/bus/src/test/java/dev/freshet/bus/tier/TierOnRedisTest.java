package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.AppendSettings;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;

/** The tier's contract, one promise a test, on a real Redis. */
class TierOnRedisTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration LONGEST = Duration.ofHours(1);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final RedisNames names = new RedisNames("users");
    private Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1"));
    private RedisTier tier = RedisTier.connect(RedisTierConfig.of("redis://127.0.0.1:1"));

    @BeforeEach
    void start() {
        publisher.close();
        tier.close();
        publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
        tier = RedisTier.connect(Patient.tier(REDIS.uri()));
        open.add(publisher);
        open.add(tier);
        publisher.publish("users", Change.ofKeys("begin")).join();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private RedisConnection redis() {
        RedisConnection redis = new RedisConnector(Patient.redis(REDIS.uri()), "test")
                .open(new HostAndPort(REDIS.host(), REDIS.port()));
        open.add(redis::closeQuietly);
        return redis;
    }

    private static TierLease lease(TierRead read) {
        assertThat(read).isInstanceOf(TierRead.Absent.class);
        return ((TierRead.Absent) read).lease();
    }

    private static TierValue value(String text, String... tags) {
        return TierValue.of(text.getBytes(StandardCharsets.UTF_8), List.of(tags), OptionalLong.empty());
    }

    private static String text(TierRead read) {
        assertThat(read).isInstanceOf(TierRead.Found.class);
        return new String(((TierRead.Found) read).value().bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void callbacksThatNeverEndOrWaitOrInterruptHoldUpNoOtherCall() {
        RedisTierConfig oneThread =
                RedisTierConfig.of(REDIS.uri()).withConnections(1).withTimeout(Duration.ofSeconds(2));
        RedisTier narrow = RedisTier.connect(oneThread);
        open.add(narrow);
        RedisTier.Region region = narrow.region("users", LONGEST);
        CountDownLatch over = new CountDownLatch(1);
        open.add(over::countDown);
        AtomicInteger stuck = new AtomicInteger();
        Thread test = Thread.currentThread();
        while (stuck.get() < 2) { // more than the tier has threads
            int before = stuck.get();
            CompletableFuture<Void> read = region.read("user:1").thenAccept(any -> {
                if (Thread.currentThread() != test) { // else the answer was there before the callback
                    stuck.incrementAndGet();
                    awaitQuietly(over);
                }
            });
            await().until(() -> read.isDone() || stuck.get() > before);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(region.read("user:1").thenCompose(any -> {
                        if (Thread.currentThread() != test) {
                            Thread.currentThread().interrupt();
                        }
                        return region.evict(List.of(new Selector.Keys(List.of("user:1"))));
                    }))
                    .succeedsWithin(Duration.ofSeconds(20))
                    .isEqualTo(true);
            assertThat(region.read("user:1")
                            .thenApply(any -> lease(region.read("user:2").join())))
                    .succeedsWithin(Duration.ofSeconds(20));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(1, TimeUnit.MINUTES)) {
                throw new AssertionError("the test did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theRedisKeyEndsWhenItsValueDoesAndNoReaderIsToldMore() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("user:1").join());
        assertThat(region.store("user:1", lease, value("one"), Duration.ofSeconds(90))
                        .join())
                .isEqualTo(TierStored.STORED);

        TierRead.Found found = (TierRead.Found) region.read("user:1").join();
        long left = redis().number(Protocol.Command.PTTL, names.value("user:1"));
        assertThat(left).isPositive().isLessThanOrEqualTo(90_000);
        assertThat(found.left()).isLessThanOrEqualTo(Duration.ofSeconds(90));
        assertThat(text(found)).isEqualTo("one");
    }

    /** An append to a region without a tier looks at little of its head; from the first read on that is not enough. */
    @Test
    void appendsHearOfATierThatBeginsWhereThereWasNone() {
        publisher.publish("users", Change.ofKeys("user:1")).join();
        assertThat(redis().text(Protocol.Command.HGET, names.head(), "plain")).isNotBlank();

        RedisTier.Region region = tier.region("users", LONGEST);
        region.store("user:1", lease(region.read("user:1").join()), value("old"), LONGEST)
                .join();
        publisher.publish("users", Change.ofKeys("user:1")).join();

        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
    }

    @Test
    void noValueLivesLongerThanTheLongestLife() {
        RedisTier.Region region = tier.region("users", Duration.ofSeconds(30));
        region.store("user:1", lease(region.read("user:1").join()), value("one"), Duration.ofDays(1))
                .join();

        assertThat(redis().number(Protocol.Command.PTTL, names.value("user:1"))).isBetween(1L, 30_000L);
    }

    @Test
    void anInvalidatedKeyIsGoneFromRedisWhenThePublisherSaysYes() {
        RedisTier.Region region = tier.region("users", LONGEST);
        region.store("user:1", lease(region.read("user:1").join()), value("one"), LONGEST)
                .join();

        publisher.publish("users", Change.ofKeys("user:1", "user:2")).join();

        assertThat(redis().number(Protocol.Command.EXISTS, names.value("user:1")))
                .isZero();
    }

    @Test
    void aStoreIsRefusedThoughNobodyHasHeardOfTheInvalidationYet() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease byKey = lease(region.read("user:1").join());
        TierLease byTag = lease(region.read("user:2").join());
        publisher
                .publish("users", Change.builder().keys("user:1").tags("team:7").build())
                .join();

        assertThat(region.store("user:1", byKey, value("old"), LONGEST).join()).isEqualTo(TierStored.INVALIDATED);
        assertThat(region.store("user:2", byTag, value("old", "team:7"), LONGEST)
                        .join())
                .as("a tag that nobody knew when the load began")
                .isEqualTo(TierStored.INVALIDATED);
        assertThat(region.store("user:2", byTag, value("untagged"), LONGEST).join())
                .isEqualTo(TierStored.STORED);
    }

    @Test
    void aRecordThatNeedsANewerReaderMakesEveryValueUnreadable() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("user:1").join());
        region.store("user:1", lease, value("one"), LONGEST).join();
        assertThat(text(region.read("user:1").join())).isEqualTo("one");

        Invalidation ofAnother = new Invalidation(Selector.keys("user:2"), 0, 0, OptionalLong.empty());
        byte[] body = RecordCodec.encodeBody(new RecordBody("newer", OptionalLong.empty(), List.of(ofAnother)));
        byte[] newer = Arrays.copyOf(body, body.length + 2);
        newer[body.length] = 0x08; // least_reader_revision; the last of several counts
        newer[body.length + 1] = 99;
        RedisConnection redis = redis();
        AppendScripts.append(
                        names,
                        redis.runId(),
                        ScriptCall.freshEpoch(),
                        new AppendSettings(names.namespace(), 100_000, 1 << 22, false),
                        List.of(new PackedRecord(newer, 1, false, List.of())),
                        true)
                .run(redis);
        lease(region.read("user:1").join());
    }

    @Test
    void fourThousandKeysAndAnEmptyTierAreInvalidatedInOneRecord() {
        RedisTier.Region region = tier.region("users", LONGEST);
        for (int i : new int[] {0, 499, 500, 3999}) {
            String key = "user:" + i;
            region.store(key, lease(region.read(key).join()), value("one"), LONGEST)
                    .join();
        }
        publisher
                .publish(
                        "users",
                        Change.builder()
                                .keys(IntStream.range(0, 4000)
                                        .mapToObj(i -> "user:" + i)
                                        .toArray(String[]::new))
                                .build())
                .join();
        for (int i : new int[] {0, 499, 500, 3999}) {
            assertThat(region.read("user:" + i).join()).isInstanceOf(TierRead.Absent.class);
        }
    }

    @Test
    void anAbsenceAVersionAndATagOfAnyBytesComeBackAsTheyWere() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("ü\n").join());
        region.store("ü\n", lease, TierValue.absence(List.of("a b", "ü\u0000"), OptionalLong.of(42)), LONGEST)
                .join();
        TierRead.Found found = (TierRead.Found) region.read("ü\n").join();
        assertThat(found.value().isAbsence()).isTrue();
        assertThat(found.value().tags()).containsExactly("a b", "ü\u0000");
        assertThat(found.value().version()).hasValue(42);

        assertThat(region.store("ü\n", lease, TierValue.of(new byte[0], List.of(), OptionalLong.of(41)), LONGEST)
                        .join())
                .isEqualTo(TierStored.VERSION);
        assertThat(region.store("ü\n", lease, TierValue.of(new byte[0], List.of(), OptionalLong.of(43)), LONGEST)
                        .join())
                .isEqualTo(TierStored.STORED);
        assertThat(((TierRead.Found) region.read("ü\n").join()).value().bytes()).isEmpty();
    }

    @Test
    void aValueThatIsStoredForNoTimeTakesTheOneThatIsThereAway() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("user:1").join());
        region.store("user:1", lease, value("one"), LONGEST).join();
        region.store("user:1", lease, value("two"), Duration.ZERO).join();
        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
    }

    @Test
    void aRestartOfRedisLeavesNothingReadableAndNothingBreaks() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("user:1").join());
        region.store("user:1", lease, value("one"), LONGEST).join();
        REDIS.server().kill();
        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Unavailable.class);
        REDIS.server().start();

        // Until the publisher is connected again, it refuses.
        await().ignoreExceptions().untilAsserted(() -> {
            publisher.publish("users", Change.ofKeys("other")).join();
            assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        });
        assertThat(region.store("user:1", lease, value("old"), LONGEST).join()).isEqualTo(TierStored.EPOCH);
        assertThat(region.stats().errors()).isPositive();
    }

    @Test
    void aRegionThatNobodyUsedHasNoTier() {
        RedisTier.Region region = tier.region("nobody", LONGEST);
        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Unavailable.class);
        assertThat(redis().number(Protocol.Command.EXISTS, new RedisNames("nobody").head()))
                .isZero();
    }

    @Test
    void whileRedisIsSilentEveryCallEndsInBoundedTime() throws Exception {
        RedisTier impatient = RedisTier.connect(RedisTierConfig.of(REDIS.uri())
                .withTimeout(Duration.ofMillis(100))
                .withQueue(50, 1 << 20));
        open.add(impatient);
        RedisTier.Region region = impatient.region("users", LONGEST);
        region.read("user:1").get(60, TimeUnit.SECONDS);
        REDIS.server().pause();
        List<CompletableFuture<TierRead>> reads =
                IntStream.range(0, 200).mapToObj(i -> region.read("user:" + i)).toList();
        for (CompletableFuture<TierRead> read : reads) {
            assertThat(read.get(60, TimeUnit.SECONDS)).isInstanceOf(TierRead.Unavailable.class);
        }
        REDIS.server().resume();
        await().until(() -> region.read("user:1").join() instanceof TierRead.Absent);
    }

    @Test
    void localEvictionsOfTheTierNeedNoRecord() {
        RedisTier.Region region = tier.region("users", LONGEST);
        TierLease lease = lease(region.read("user:1").join());
        region.store("user:1", lease, value("one", "team:7"), LONGEST).join();
        assertThat(region.evict(List.of(new Selector.Tags(List.of("team:7")))).join())
                .isTrue();
        assertThat(region.read("user:1").join()).isInstanceOf(TierRead.Absent.class);
        assertThat(region.store("user:1", lease, value("old", "team:7"), LONGEST)
                        .join())
                .isEqualTo(TierStored.INVALIDATED);
    }
}
