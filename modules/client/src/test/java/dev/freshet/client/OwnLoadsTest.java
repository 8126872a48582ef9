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
import dev.freshet.cache.Refusal;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.WriteResult;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Callers that load and write by themselves, for any time: leases that do not expire, and write-through after the write. */
class OwnLoadsTest {

    private static final StoreOptions NO_OPTIONS = StoreOptions.none();

    @SuppressWarnings("NullAway.Init")
    private static RedisServer redis;

    @SuppressWarnings("NullAway.Init")
    private static Freshet freshet;

    @SuppressWarnings("NullAway.Init")
    private static Freshet other;

    @SuppressWarnings("NullAway.Init")
    private static Region<String> users;

    /** Of which at most two leases that expire are out. */
    @SuppressWarnings("NullAway.Init")
    private static Region<String> few;

    @SuppressWarnings("NullAway.Init")
    private static Region<String> tiered;

    @SuppressWarnings("NullAway.Init")
    private static Region<String> tieredElsewhere;

    @BeforeAll
    static void start() {
        redis = RedisServer.started();
        freshet = Freshet.connect(TestClients.patient(redis.uri()));
        other = Freshet.connect(TestClients.patient(redis.uri()));
        users = Client.users(freshet, options -> options.copier(value -> value + "'"));
        few = freshet.region(
                "few",
                RegionOptions.<String>maximumEntries(100)
                        .cache(cache -> cache.maximumLeases(2))
                        .copier(value -> value + "'"));
        tiered = freshet.region(
                "tiered", RegionOptions.<String>maximumEntries(100).tier(TestClients.TEXT, Duration.ofHours(1)));
        tieredElsewhere = other.region(
                "tiered", RegionOptions.<String>maximumEntries(100).tier(TestClients.TEXT, Duration.ofHours(1)));
        await().until(() -> freshet.ready().isDone() && other.ready().isDone());
    }

    @AfterAll
    static void stop() {
        freshet.close();
        other.close();
        redis.close();
    }

    @Test
    void aLeaseForALoadOutlivesThoseThatExpire() {
        Lease lease = Leases.of(few.lookupForLoad("long").join());
        for (int i = 0; i < 10; i++) {
            few.lookup("key" + i);
        }

        assertThat(few.stats().leasesExpiredEarly()).isPositive();
        assertThat(few.store(lease, "kept", NO_OPTIONS).isStored()).isTrue();
        assertThat(few.lookupForLoad("long").join())
                .isInstanceOfSatisfying(
                        Lookup.Hit.class, hit -> assertThat(hit.value()).isEqualTo("kept''"));
    }

    @Test
    void aHitThatIsAskedForAloneIsACopyAndAMissIsNothing() {
        assertThat(users.getIfHit("alone")).isNull();
        Lease lease = Leases.of(users.lookupForLoad("alone").join());
        users.store(lease, "value", NO_OPTIONS);

        assertThat(users.getIfHit("alone")).isEqualTo("value''");
    }

    @Test
    void aLeaseForALoadDiesWithAnInvalidation() {
        Lease lease = Leases.of(users.lookupForLoad("dies").join());
        users.invalidate("dies");

        assertThat(users.store(lease, "old", NO_OPTIONS).refusal()).contains(Refusal.INVALIDATED);
    }

    @Test
    void aLeaseForALoadSinceAMarkStoresNothingThatWasInvalidatedBetween() {
        Mark mark = users.mark();
        users.invalidate("since");
        Lease old = Leases.of(users.lookupForLoad("since", mark));
        Lease other = Leases.of(users.lookupForLoad("since another", mark));

        assertThat(users.store(old, "old", NO_OPTIONS).refusal()).contains(Refusal.INVALIDATED);
        assertThat(users.store(other, "new", NO_OPTIONS).isStored()).isTrue();
        assertThat(users.lookupForLoad("since another", mark)).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void aMarkOfAnotherRegionIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> users.lookupForLoad("foreign", tiered.mark()));
        assertThatIllegalArgumentException().isThrownBy(() -> tiered.lookupForLoad("foreign", users.mark()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> users.written("foreign", "value", tiered.mark(), NO_OPTIONS));
    }

    @Test
    void whatIsStoredUnderALeaseForALoadIsFoundInTheTier() {
        Lease lease = Leases.of(tiered.lookupForLoad("tier").join());
        tiered.store(lease, "value", NO_OPTIONS);

        await().untilAsserted(
                        () -> assertThat(tieredElsewhere.lookupForLoad("tier").join())
                                .isInstanceOfSatisfying(Lookup.Hit.class, hit -> assertThat(hit.value())
                                        .isEqualTo("value")));
    }

    @Test
    void whatWasWrittenSinceAMarkIsCachedHereAndInTheTierAndInvalidatedEverywhere() {
        tieredElsewhere.get("written", (key, load) -> "old");
        Mark mark = tiered.mark();

        WriteResult result = tiered.written("written", "new", mark, NO_OPTIONS.tags("team:7"));

        assertThat(result.isPublished()).isTrue();
        assertThat(tiered.getIfPresent("written")).isEqualTo("new");
        await().until(() -> "new".equals(tieredElsewhere.get("written", (key, load) -> "new")));
        tiered.invalidate(Change.of(Selector.tags("team:7")));
        assertThat(tiered.getIfPresent("written")).isNull();
    }

    @Test
    void whatWasWrittenIsNotCachedIfItsKeyItsTagsOrAllWereInvalidatedSinceTheMark() {
        for (var selector :
                List.of(Selector.keys("overtaken"), Selector.prefixes("over"), Selector.tags("any"), Selector.all())) {
            Mark mark = users.mark();
            users.evictLocally(selector);

            assertThat(users.written("overtaken", "older", mark, NO_OPTIONS).isPublished())
                    .isTrue();

            assertThat(users.getIfPresent("overtaken")).as("%s", selector).isNull();
        }
        users.invalidate("overtaken"); // returns when the invalidations of the writes before it are applied too
        assertThat(users.written("overtaken", "alone", users.mark(), NO_OPTIONS).isPublished())
                .isTrue();
        assertThat(users.getIfPresent("overtaken")).isEqualTo("alone''");
    }
}
