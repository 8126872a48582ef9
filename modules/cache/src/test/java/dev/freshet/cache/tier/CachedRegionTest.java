package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.patience.Patient;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierStored;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.cache.CacheException;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.WriteResult;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Local, then Redis, then the source; and the ways to write. */
class CachedRegionTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<AutoCloseable> open = new ArrayList<>();
    private Publisher publisher = Publisher.connect(PublisherConfig.of("redis://127.0.0.1:1"));

    @BeforeEach
    void start() {
        publisher.close();
        publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
        open.add(publisher);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable closeable : open) {
            closeable.close();
        }
    }

    private Replica replica() {
        return replica(RegionCache.<String>builder("users").maximumEntries(1000).build());
    }

    private Replica replica(RegionCache<String> local) {
        Replica replica = new Replica(REDIS.uri(), publisher, local, Replica.TEXT);
        open.add(0, replica);
        return replica;
    }

    private static @Nullable TierLease leaseOf(TierRead read) {
        return read instanceof TierRead.Found found ? found.lease() : null;
    }

    private static boolean isInRedis(Replica replica, String key) {
        return replica.tier.read(key).join() instanceof TierRead.Found;
    }

    @Test
    void whatOneReplicaLoadedTheOtherFindsInRedisForAsLongAsRedisKeepsIt() {
        Replica one = replica();
        Replica two = replica();
        one.region.get("user:1", (key, load) -> {
            load.tags("team:7").ttl(Duration.ofSeconds(90)).version(5);
            return "Ada";
        });
        await().until(() -> isInRedis(one, "user:1"));

        assertThat(two.region.get("user:1", (key, load) -> "not asked")).isEqualTo("Ada");
        Lookup.Hit<String> hit = two.local.find("user:1").orElseThrow();
        assertThat(hit.tags()).isEqualTo(1);
        assertThat(hit.version()).hasValue(5);

        publisher.publish("users", Change.builder().tags("team:7").build()).join();
        assertThat(isInRedis(two, "user:1")).isFalse();
        await().until(() -> two.local.getIfPresent("user:1") == null);
    }

    @Test
    void aSlowLoadThatWasOvertakenIsStoredInNeitherTier() throws Exception {
        Replica one = replica();
        Replica two = replica();
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch changed = new CountDownLatch(1);
        CompletableFuture<String> slow = Background.call(() -> one.region.get("user:1", (key, load) -> {
            loading.countDown();
            changed.await();
            return "old";
        }));
        loading.await();
        publisher.publish("users", Change.ofKeys("user:1")).join();
        changed.countDown();
        slow.join();

        await().until(() -> one.local.getIfPresent("user:1") == null);
        assertThat(two.region.get("user:1", (key, load) -> "new")).isEqualTo("new");
        await().untilAsserted(() -> assertThat(one.region.get("user:1", (key, load) -> "loaded anew"))
                .isNotEqualTo("old"));
    }

    @Test
    void aMissOverTheLookupStoresUnderItsLeaseInBothTiers() {
        Replica one = replica();
        Replica two = replica();
        Lookup<String> miss = one.region.lookup("user:1").join();
        assertThat(miss).isInstanceOf(Lookup.Miss.class);
        String token = ((Lookup.Miss<String>) miss).lease().token();
        assertThat(one.region.store("user:1", token, "Ada", StoreOptions.none()).isStored())
                .isTrue();
        await().until(() -> isInRedis(one, "user:1"));

        assertThat(two.region.lookup("user:1").join()).isInstanceOf(Lookup.Hit.class);
        assertThat(two.local.getIfPresent("user:1")).isEqualTo("Ada");
    }

    @Test
    void aLeaseForAFreshValueIsHandedOutThoughBothTiersHaveOneAndReplacesIt() {
        Replica one = replica();
        Replica two = replica();
        one.region.get("user:1", (key, load) -> "old");
        await().until(() -> isInRedis(one, "user:1"));

        Lookup<String> fresh = two.region.lookupFresh("user:1").join();
        assertThat(two.region.lookup("user:1").join()).isInstanceOf(Lookup.Hit.class);
        assertThat(two.region
                        .store("user:1", ((Lookup.Miss<String>) fresh).lease().token(), "new", StoreOptions.none())
                        .isStored())
                .isTrue();
        assertThat(two.local.getIfPresent("user:1")).isEqualTo("new");
        await().untilAsserted(() -> assertThat(one.tier.read("user:1").join())
                .isInstanceOfSatisfying(
                        TierRead.Found.class,
                        found -> assertThat(found.value().bytes()).asString().isEqualTo("new")));
    }

    @Test
    void anAbsenceUnderTheTextOfALeaseIsStoredInBothTiers() {
        Replica one = replica();
        Replica two = replica();
        String token = ((Lookup.Miss<String>) one.region.lookup("user:1").join())
                .lease()
                .token();
        assertThat(one.region.storeAbsence("user:1", token, StoreOptions.none()).isStored())
                .isTrue();
        await().until(() -> isInRedis(one, "user:1"));
        assertThat(two.region.lookup("user:1").join())
                .isInstanceOfSatisfying(
                        Lookup.Hit.class, hit -> assertThat(hit.isAbsence()).isTrue());
    }

    @Test
    void aLeaseReleasedByItsTextStoresInNeitherTier() {
        Replica one = replica();
        String token = ((Lookup.Miss<String>) one.region.lookup("user:1").join())
                .lease()
                .token();
        assertThat(one.region.release("user:2", token)).isFalse();
        assertThat(one.region.release("user:1", token)).isTrue();
        assertThat(one.region.release("user:1", token)).isFalse();
        assertThat(one.region.store("user:1", token, "Ada", StoreOptions.none()).refusal())
                .contains(Refusal.USED);
        assertThat(isInRedis(one, "user:1")).isFalse();
    }

    @Test
    void aLocalEvictionTakesTheValueInRedisWithIt() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "old");
        await().until(() -> isInRedis(one, "user:1"));
        assertThat(one.region.invalidate(Selector.keys("user:1")).join()).isTrue();
        assertThat(one.region.get("user:1", (key, load) -> "new")).isEqualTo("new");
    }

    @Test
    void withoutRedisTheLocalTierGoesOn() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "Ada");
        REDIS.server().kill();
        assertThat(one.region.get("user:1", (key, load) -> "not asked")).isEqualTo("Ada");
        assertThat(one.region.get("user:2", (key, load) -> "Bob")).isEqualTo("Bob");
        assertThat(one.region.get("user:2", (key, load) -> "not asked")).isEqualTo("Bob");
        assertThat(one.tier.stats().errors()).isPositive();
    }

    @Test
    void aServerWithAnOlderHistoryIsNotBelieved() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "Ada");
        await().until(() -> isInRedis(one, "user:1"));
        one.local.clear();
        // The bus hears of a record that Redis, as the tier sees it, does not have.
        one.region.apply(new dev.freshet.bus.LoggedRecord(
                new dev.freshet.schema.RecordHeader(
                        java.util.Objects.requireNonNull(
                                        one.subscriber().region("users").position())
                                .at(1_000_000),
                        0,
                        false),
                new dev.freshet.schema.RecordBody(
                        "",
                        java.util.OptionalLong.empty(),
                        List.of(new dev.freshet.schema.Invalidation(
                                Selector.keys("user:1"), 0, 0, java.util.OptionalLong.empty())))));
        assertThat(one.region.get("user:1", (key, load) -> "new")).isEqualTo("new");
    }

    @Test
    void writeThroughEvictsEverywhereAndKeepsTheNewValue() {
        Replica one = replica();
        Replica two = replica();
        AtomicInteger commits = new AtomicInteger();
        one.region.get("user:1", (key, load) -> "old");
        two.region.get("user:1", (key, load) -> "old");

        WriteResult written = one.region.write("user:1", "new", write -> commits.incrementAndGet());

        assertThat(commits).hasValue(1);
        assertThat(written.isPublished()).isTrue();
        assertThat(written.isStored()).isTrue();
        assertThat(one.local.getIfPresent("user:1")).isEqualTo("new");
        await().until(() -> isInRedis(one, "user:1"));
        await().untilAsserted(() ->
                assertThat(two.region.get("user:1", (key, load) -> "not asked")).isEqualTo("new"));
    }

    @Test
    void ofTwoWritersThatOverlapNeitherLeavesWhatMayBeTheOlderValue() {
        Replica one = replica();
        Replica two = replica();
        // Somebody else commits and says so while this one writes.
        WriteResult written = one.region.write("user:1", "may be older", write -> {
            Receipt other = two.region.afterWrite("user:1").join();
            assertThat(other.position().sequence()).isPositive();
        });
        assertThat(written.isPublished()).isTrue();
        assertThat(written.isStored()).isFalse();
        assertThat(one.local.getIfPresent("user:1")).isNull();
        assertThat(isInRedis(one, "user:1")).isFalse();
    }

    /** Whatever concerns the key, or may: which tags the new value has, nobody knows before the write is done. */
    private static Stream<Selector> concerning() {
        return Stream.of(
                Selector.keys("user:1"),
                Selector.keys("user:2", "user:1"),
                Selector.tags("team:7"),
                Selector.prefixes("user:"),
                Selector.all());
    }

    @ParameterizedTest
    @MethodSource("concerning")
    void aWriteDoesNotCacheItsValueIfAnotherInvalidationConcernedItMeanwhile(Selector selector) {
        Replica one = replica();
        // Somebody changes the row after this write has committed, and says so before it does.
        WriteResult written = one.region.write("user:1", "may be older", write -> {
            write.tags("team:7");
            Position at = publisher.publish("users", change(selector)).join().position();
            assertThat(one.subscriber()
                            .region("users")
                            .awaitPosition(at, Duration.ofSeconds(10))
                            .join())
                    .isTrue();
        });
        assertThat(written.isPublished()).isTrue();
        assertThat(written.isStored()).isFalse();
        assertThat(one.local.getIfPresent("user:1")).isNull();
        assertThat(isInRedis(one, "user:1")).isFalse();
    }

    /** The reset stands for the write's own invalidation too, which never comes by itself. */
    @Test
    void aWriteThatAResetOvertakesIsNotCachedAndDoesNotWaitForItsInvalidation() {
        RegionCache<String> local =
                RegionCache.<String>builder("users").maximumEntries(1000).build();
        Replica one = new Replica(REDIS.uri(), publisher, local, layers -> layers.writeTimeout(Duration.ofHours(1)));
        open.add(0, one);

        CompletableFuture<WriteResult> written = Background.call(
                () -> one.region.write("user:1", "new", write -> REDIS.server().execute("FLUSHALL")));

        await().until(written::isDone);
        assertThat(written.join().isPublished()).isTrue();
        assertThat(written.join().isStored()).isFalse();
        assertThat(local.getIfPresent("user:1")).isNull();
    }

    @Test
    void aWriteCachesItsValueIfOthersWereConcernedMeanwhile() {
        Replica one = replica();
        WriteResult written = one.region.write("user:1", "new", write -> publisher
                .publish(
                        "users",
                        Change.builder().keys("user:2").prefixes("order:").build())
                .join());
        assertThat(written.isStored()).isTrue();
        await().until(() -> isInRedis(one, "user:1"));
    }

    private static Change change(Selector selector) {
        Change.Builder change = Change.builder();
        String[] named = selector.names().toArray(String[]::new);
        return (switch (selector.kind()) {
                    case KEYS -> change.keys(named);
                    case TAGS -> change.tags(named);
                    case PREFIXES -> change.prefixes(named);
                    case ALL -> change.all();
                })
                .build();
    }

    @Test
    void aValueWithAVersionIsNotStoredInRedisBeforeTheRecordsThatItsLeaseKnowsOfAreApplied() {
        Replica one = replica();
        Replica two = replica();
        one.subscriber().close(); // deaf from now on
        Position head = publisher
                .publish("users", Change.builder().keys("user:1").version(7).build())
                .join()
                .position();
        Lookup.Miss<String> miss =
                (Lookup.Miss<String>) one.region.lookup("user:1").join();
        // From a replica of the database that lags. The tier remembers no versions, and this process has not heard of
        // 7.
        assertThat(one.region
                        .store(miss.lease(), "version 6", StoreOptions.none().version(6))
                        .isStored())
                .isTrue();
        one.region.invalidate(Selector.keys("user:2")).join(); // a call later, whatever was stored is there
        assertThat(isInRedis(one, "user:1")).isFalse();

        await().untilAsserted(() ->
                assertThat(two.subscriber().region("users").position()).isEqualTo(head));
        Lookup.Miss<String> heard =
                (Lookup.Miss<String>) two.region.lookup("user:1").join();
        assertThat(two.region
                        .store(heard.lease(), "version 7", StoreOptions.none().version(7))
                        .isStored())
                .isTrue();
        await().until(() -> isInRedis(two, "user:1"));
    }

    @Test
    void aWriteThatFailsInvalidatesBecauseItMayHaveCommitted() {
        Replica one = replica();
        Replica two = replica();
        two.region.get("user:1", (key, load) -> "old");
        assertThatThrownBy(() -> one.region.write("user:1", "new", write -> {
                    throw new java.io.IOException("the connection broke");
                }))
                .isInstanceOf(java.io.IOException.class);
        await().until(() -> two.local.getIfPresent("user:1") == null);
    }

    @Test
    void aWriteThatFailsSaysThatNobodyWasToldBesides() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "old");
        REDIS.server().kill();
        await().until(() -> !publisher.isConnected());
        assertThatThrownBy(() -> one.region.write("user:1", "new", write -> {
                    Thread.currentThread().interrupt(); // as a driver does whose wait is interrupted
                    throw new java.io.IOException("the connection broke");
                }))
                .isInstanceOf(java.io.IOException.class)
                .satisfies(fault -> assertThat(fault.getSuppressed())
                        .singleElement()
                        .satisfies(suppressed -> assertThat(suppressed)
                                .isInstanceOf(CacheException.class)
                                .hasMessageContaining("user:1")
                                .hasMessageContaining("afterWrite")));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(one.local.getIfPresent("user:1")).isNull();
    }

    @Test
    void aNewerValueThatIsTooLargeForThisProcessTakesTheOlderOneInRedisWithIt() {
        Replica one = replica(RegionCache.<String>builder("users")
                .maximumBytes(2_000, String::length)
                .build());
        one.region.get("user:1", (key, load) -> "old");
        await().until(() -> isInRedis(one, "user:1"));
        Lease lease = one.local.lease("user:1");
        assertThat(one.region.store(lease, "x".repeat(3_000), StoreOptions.none()))
                .isEqualTo(StoreResult.refused(Refusal.TOO_LARGE));
        assertThat(one.local.getIfPresent("user:1")).isNull();
        await().until(() -> !isInRedis(one, "user:1"));
    }

    @Test
    void aNewerValueThatIsTooLargeForRedisTakesTheOlderOneInRedisWithIt() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "old");
        await().until(() -> isInRedis(one, "user:1"));
        one.local.clear();
        TierLease lease = Objects.requireNonNull(leaseOf(one.tier.read("user:1").join()));
        TierValue tooLarge = TierValue.of(new byte[TierValue.MAX_BYTES + 1], List.of(), OptionalLong.empty());
        assertThat(one.tier
                        .store("user:1", lease, tooLarge, Duration.ofMinutes(1))
                        .join())
                .isEqualTo(TierStored.TOO_LARGE);
        assertThat(isInRedis(one, "user:1")).isFalse();
    }

    @Test
    void aWriteWhileRedisIsAwaySaysThatNobodyWasTold() {
        Replica one = replica();
        one.region.get("user:1", (key, load) -> "old");
        REDIS.server().kill();
        await().until(() -> !publisher.isConnected());
        WriteResult written = one.region.write("user:1", "new", write -> {});
        assertThat(written.isPublished()).isFalse();
        assertThat(written.fault()).isNotNull();
        assertThat(one.local.getIfPresent("user:1")).isNull();
    }

    @Test
    void aLeaseOfTheTierIsRefusedAfterAnInvalidationThatThisProcessHasNotHeardOf() {
        Replica one = replica();
        Lookup<String> miss = one.region.lookup("user:1").join();
        one.subscriber().close(); // deaf from now on
        publisher.publish("users", Change.ofKeys("user:1")).join();
        one.region.store("user:1", ((Lookup.Miss<String>) miss).lease().token(), "old", StoreOptions.none());
        await().untilAsserted(() -> assertThat(one.tier.stats().stores().get(TierStored.INVALIDATED))
                .isEqualTo(1));
        assertThat(isInRedis(one, "user:1")).isFalse();
    }
}
