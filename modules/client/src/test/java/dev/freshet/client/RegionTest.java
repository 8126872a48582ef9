package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Opening, reading, storing, closing. */
class RegionTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Freshet> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Freshet::close);
    }

    private Freshet connect() {
        Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()));
        open.add(freshet);
        return freshet;
    }

    private static RegionOptions<String> tiered() {
        return RegionOptions.<String>maximumEntries(100).tier(TestClients.TEXT, Duration.ofHours(1));
    }

    @Test
    void withoutRedisARegionLoadsAndIsNotConfirmed() {
        Freshet freshet = Freshet.connect(TestClients.NOBODY);
        open.add(freshet);
        assertThat(freshet.ready()).isCompleted();
        Region<String> users = freshet.region("users", tiered());
        assertThat(freshet.ready()).isNotDone();
        assertThat(users.get("user:1", (key, load) -> "Ada")).isEqualTo("Ada");
        assertThat(users.getIfPresent("user:1")).isEqualTo("Ada");
        assertThat(users.state()).isEqualTo(ServingState.UNCONFIRMED);
    }

    @Test
    void readyMeansThatAllRegionsAreConfirmed() {
        Freshet freshet = connect();
        List<Region<String>> regions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            regions.add(freshet.region("region-" + i, RegionOptions.maximumEntries(10)));
        }
        freshet.ready().join();
        assertThat(regions).extracting(Region::state).containsOnly(ServingState.CONFIRMED);
    }

    @Test
    void theClientNamesTheRegionsThatAreOpen() {
        Freshet freshet = connect();
        assertThat(freshet.regions()).isEmpty();
        Region<String> users = freshet.region("users", RegionOptions.maximumEntries(10));
        Region<String> orders = freshet.region("orders", RegionOptions.maximumEntries(10));
        List<Region<?>> both = freshet.regions();
        users.close();
        assertThat(both).isEqualTo(List.of(orders, users));
        assertThat(freshet.regions()).isEqualTo(List.of(orders));
    }

    @Test
    void aReopenedRegionIsEmptyAndHearsChanges() {
        Freshet freshet = connect();
        Region<String> first = Client.users(freshet);
        first.get("user:1", (key, load) -> "Ada");
        first.close();

        Region<String> second = Client.users(freshet);
        assertThat(second.getIfPresent("user:1")).isNull();
        second.get("user:1", (key, load) -> "Ada");
        freshet.publisher().publish("users", Change.ofKeys("user:1")).join();
        await().until(() -> second.getIfPresent("user:1") == null);
    }

    @Test
    void onceLoadedByOneReplicaAllFindItInTheTier() {
        Region<String> one = connect().region("users", tiered());
        Region<String> two = connect().region("users", tiered());
        one.ready().join();
        two.ready().join();
        AtomicInteger tries = new AtomicInteger();
        // What an earlier test said may still take one value out of Redis, so another one is tried.
        await().ignoreExceptions().untilAsserted(() -> {
            String key = "user:" + tries.incrementAndGet();
            one.get(key, (missed, load) -> "Ada");
            await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(two.lookup(key))
                    .as(() -> "tier of one: " + one.tierStats() + ", of two: " + two.tierStats())
                    .isInstanceOf(Lookup.Hit.class));
            assertThat(two.getIfPresent(key)).isEqualTo("Ada");
        });
        await().ignoreExceptions().untilAsserted(() -> {
            String key = "absent:" + tries.incrementAndGet();
            assertThat(one.storeAbsence(Leases.of(one.lookup(key)), StoreOptions.none())
                            .isStored())
                    .isTrue();
            await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(two.lookup(key))
                    .isInstanceOfSatisfying(
                            Lookup.Hit.class, hit -> assertThat(hit.isAbsence()).isTrue()));
        });
    }

    @Test
    void aReleasedLeaseStoresNothing() {
        Region<String> users = connect().region("users", tiered());
        users.ready().join();
        Lease lease = Leases.of(users.lookup("user:1"));
        users.release(lease);
        assertThat(users.store(lease, "Ada", StoreOptions.none()).isStored()).isFalse();
        assertThat(users.stats().leases()).isZero();
    }

    @Test
    void absencesAreCachedIfTheOptionsSaySo() {
        Freshet freshet = connect();
        Region<String> users = Client.users(freshet, options -> options.cacheAbsences(Duration.ofMinutes(1)));
        Region<String> products = freshet.region("products", RegionOptions.maximumEntries(10));
        AtomicInteger loads = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertThat(users.get("user:404", (key, load) -> {
                        loads.incrementAndGet();
                        return null;
                    }))
                    .isNull();
        }
        assertThat(loads).hasValue(1);
        for (int i = 0; i < 3; i++) {
            products.get("product:404", (key, load) -> {
                loads.incrementAndGet();
                return null;
            });
        }
        assertThat(loads).hasValue(4);
        users.invalidate("user:404");
        assertThat(users.get("user:404", (key, load) -> "Ada")).isEqualTo("Ada");
    }

    @Test
    void aTransactionThatBeganBeforeAChangeStoresNothingOld() {
        Freshet freshet = connect();
        Region<String> users = Client.users(freshet);
        Mark mark = users.mark(); // and then the transaction begins, and reads from a snapshot
        users.invalidate("user:1"); // another one has committed
        assertThat(users.get("user:1", (key, load) -> "old", mark)).isEqualTo("old");
        assertThat(users.getIfPresent("user:1")).isNull();
        assertThat(users.store(users.lease("user:1", mark), "old", StoreOptions.none())
                        .isStored())
                .isFalse();
        assertThat(users.get("user:1", (key, load) -> "new", users.mark())).isEqualTo("new");
        assertThat(users.getIfPresent("user:1")).isEqualTo("new");
        Region<String> products = freshet.region("products", RegionOptions.maximumEntries(10));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> products.get("product:1", (key, load) -> "v", mark))
                .withMessageContaining("\"users\"");
    }

    /** Closes what {@code closing} says while a load is in flight. */
    private void loadInFlight(Freshet freshet, Region<String> users, Runnable closing) throws Exception {
        users.ready().join();
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch isClosed = new CountDownLatch(1);
        CompletableFuture<String> slow = Background.call(() -> String.valueOf(users.get("user:1", (key, load) -> {
            loading.countDown();
            isClosed.await();
            return "Ada";
        })));
        loading.await();
        closing.run();
        isClosed.countDown();
        assertThat(slow.join()).as("what the caller gets").isEqualTo("Ada");
        assertThat(users.stats().stores()).isZero();
        assertThat(users.stats().entries()).isZero();
        Region<String> other = connect().region("users", tiered());
        other.ready().join();
        assertThat(other.lookup("user:1")).as("what is in Redis").isInstanceOf(Lookup.Miss.class);
        assertThat(freshet.stats().queueLost()).isZero();
    }

    @Test
    void aLoadInFlightReturnsAndIsNotStoredIfTheRegionIsClosed() throws Exception {
        Freshet freshet = connect();
        Region<String> users = freshet.region("users", tiered());
        loadInFlight(freshet, users, users::close);
    }

    @Test
    void aLoadInFlightReturnsAndIsNotStoredIfTheClientIsClosed() throws Exception {
        Freshet freshet = connect();
        loadInFlight(freshet, freshet.region("users", tiered()), freshet::close);
    }

    @Test
    void whatAClosedRegionsCallersLoadIsNotStored() throws Exception {
        Freshet freshet = connect();
        Region<String> users = Client.users(freshet);
        assertThat(users.get("user:1", (key, load) -> {
                    users.close();
                    return "Ada";
                }))
                .isEqualTo("Ada");
        assertThat(users.stats().entries()).isZero();
    }
}
