package dev.freshet.bus.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Claims of loads, one promise a test, on a real Redis. */
class TierClaimsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private static final Duration LONGEST = Duration.ofHours(1);

    private final RedisNames names = new RedisNames("users");
    private final TierClaim mine = TierClaim.of(LONGEST);
    private final TierClaim others = TierClaim.of(LONGEST);
    private RedisTier.@Nullable Region connected;
    private @Nullable Publisher publisher;

    @BeforeEach
    void start() {
        publisher = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        connected = open.closing(RedisTier.connect(Patient.tier(REDIS.uri()))).region("users", LONGEST);
        publish(Change.ofKeys("begin"));
    }

    private RedisTier.Region region() {
        assertThat(connected).isNotNull();
        return connected;
    }

    private void publish(Change change) {
        assertThat(publisher).isNotNull();
        publisher.publish("users", change).join();
    }

    private TierRead.Absent absent(TierClaim claim) {
        return absent(region(), claim);
    }

    private static TierRead.Absent absent(RedisTier.Region region, TierClaim claim) {
        TierRead read = region.read("user:1", claim).join();
        assertThat(read).isInstanceOf(TierRead.Absent.class);
        return (TierRead.Absent) read;
    }

    private static TierValue value(String text) {
        return TierValue.of(text.getBytes(StandardCharsets.UTF_8), List.of(), OptionalLong.empty());
    }

    private boolean isClaimed() {
        return REDIS.server().execute("EXISTS", names.loading(0, "user:1")).equals("1");
    }

    @Test
    void theFirstToMissClaimsAndTheOthersHearWho() {
        assertThat(absent(mine).loadedUnder()).isEqualTo(mine.name());
        assertThat(absent(mine).isLoadedByAnother(mine)).isFalse();
        assertThat(absent(others).loadedUnder()).isEqualTo(mine.name());
        assertThat(absent(others).isLoadedByAnother(others)).isTrue();
    }

    @Test
    void aReadWithoutAClaimClaimsNothing() {
        assertThat(region().read("user:1").join())
                .isInstanceOfSatisfying(TierRead.Absent.class, read -> assertThat(read.loadedUnder())
                        .isNull());
        assertThat(isClaimed()).isFalse();
    }

    @Test
    void aReadThatFindsAValueClaimsNothing() {
        region().store("user:1", absent(mine).lease(), value("Ada"), LONGEST, mine)
                .join();
        assertThat(region().read("user:1", others).join()).isInstanceOf(TierRead.Found.class);
        assertThat(isClaimed()).isFalse();
    }

    @Test
    void aStoreEndsItsOwnClaimWhateverItsOutcome() {
        TierLease lease = absent(mine).lease();
        assertThat(region().store("user:1", lease, value("Ada"), LONGEST, others)
                        .join())
                .isEqualTo(TierStored.STORED);
        assertThat(isClaimed()).as("another's").isTrue();
        assertThat(region().store("user:1", lease, value("Ada"), LONGEST, mine).join())
                .isEqualTo(TierStored.STORED);
        assertThat(isClaimed()).isFalse();

        publish(Change.ofKeys("user:1"));
        TierClaim again = TierClaim.of(LONGEST);
        TierLease late = absent(again).lease();
        publish(Change.ofKeys("user:1"));
        assertThat(region().store("user:1", late, value("old"), LONGEST, again).join())
                .isEqualTo(TierStored.INVALIDATED);
        assertThat(isClaimed()).isFalse();
    }

    @Test
    void aStoreThatKeepsNothingEndsItsClaim() {
        for (int size : new int[] {0, TierValue.MAX_BYTES + 1}) {
            TierClaim claim = TierClaim.of(LONGEST);
            TierLease lease = absent(claim).lease();
            TierValue large = TierValue.of(new byte[size], List.of(), OptionalLong.empty());
            region().store("user:1", lease, large, size == 0 ? Duration.ZERO : LONGEST, claim)
                    .join();
            assertThat(isClaimed()).isFalse();
        }
    }

    @Test
    void whoReleasesEndsOnlyItsOwnClaim() {
        absent(mine);
        assertThat(region().release("user:1", others).join()).isTrue();
        assertThat(absent(others).loadedUnder()).isEqualTo(mine.name());
        assertThat(region().release("user:1", mine).join()).isTrue();
        assertThat(absent(others).loadedUnder()).isEqualTo(others.name());
    }

    @Test
    void aClaimThatNobodyEndsEndsByItselfAndLeavesNothing() {
        absent(TierClaim.of(Duration.ofMillis(50)));
        await().until(() -> !isClaimed());
        assertThat(absent(mine).loadedUnder()).isEqualTo(mine.name());
    }

    @Test
    void aClaimWhoseLoadWasOvertakenStandsInNobodysWay() {
        List<Change> overtaking = List.of(
                Change.ofKeys("user:1"),
                Change.builder().prefixes("user:").build(),
                Change.builder().all().build());
        for (Change change : overtaking) {
            TierClaim first = TierClaim.of(LONGEST);
            TierClaim later = TierClaim.of(LONGEST);
            absent(first);
            publish(change);
            assertThat(absent(later).loadedUnder()).as("%s", change).isEqualTo(later.name());
            assertThat(absent(first).loadedUnder()).as("%s", change).isEqualTo(later.name());
            region().release("user:1", later).join();
        }
        absent(mine);
        region().evict(List.of(Selector.keys("user:1"))).join();
        assertThat(absent(others).loadedUnder()).isEqualTo(others.name());
    }

    @Test
    void aClaimOfAnotherEpochStandsInNobodysWay() {
        absent(mine);
        REDIS.server().execute("DEL", names.head(), names.log());
        publish(Change.ofKeys("begin"));
        assertThat(absent(others).loadedUnder()).isEqualTo(others.name());
    }

    @Test
    void whatNoReadWroteIsNoClaim() {
        String claim = names.loading(0, "user:1");
        REDIS.server().execute("SET", claim, "nonsense");
        assertThat(absent(mine).loadedUnder()).isEqualTo(mine.name());
        REDIS.server().execute("PERSIST", claim);
        assertThat(absent(others).loadedUnder()).as("one that would never end").isEqualTo(others.name());
        REDIS.server().execute("DEL", claim);
        REDIS.server().execute("LPUSH", claim, "a list");
        assertThat(absent(mine).loadedUnder()).isEqualTo(mine.name());
        assertThat(region().store("user:1", absent(mine).lease(), value("Ada"), LONGEST, mine)
                        .join())
                .isEqualTo(TierStored.STORED);
    }

    @Test
    void codecVersionsLoadForThemselves() {
        absent(mine);
        assertThat(absent(region().ofCodecVersion(1), others).loadedUnder()).isEqualTo(others.name());
    }

    @Test
    void whoWaitsForAnothersLoadIsNoMissUntilItKnows() {
        absent(mine);
        absent(others);
        absent(others);
        assertThat(region().stats().misses()).isEqualTo(1);
        region().store("user:1", absent(mine).lease(), value("Ada"), LONGEST, mine)
                .join();
        region().read("user:1", others).join();
        assertThat(region().stats().hits()).isEqualTo(1);
    }

    @Test
    void aClaimIsCheckedWhenItIsMade() {
        assertThatIllegalArgumentException().isThrownBy(() -> TierClaim.of(Duration.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new TierClaim("-", LONGEST));
        assertThatIllegalArgumentException().isThrownBy(() -> new TierClaim("", LONGEST));
    }
}
