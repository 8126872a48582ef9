package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.schema.Selector;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseTest {

    private static final StoreOptions PLAIN = StoreOptions.none();

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();

    private static void assertRefused(StoreResult result, Refusal reason) {
        assertThat(result).isEqualTo(StoreResult.refused(reason));
    }

    @Test
    void aMissHandsOutALeaseAndAStoreUnderItIsFound() {
        Lookup<String> lookup = cache.lookup("k");
        assertThat(lookup).isInstanceOf(Lookup.Miss.class);
        Lease lease = ((Lookup.Miss<String>) lookup).lease();
        assertThat(lease.key()).isEqualTo("k");
        assertThat(cache.store("k", lease.token(), "v", PLAIN).isStored()).isTrue();
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
        assertThat(cache.lookup("k")).isInstanceOf(Lookup.Hit.class);
    }

    @Test
    void aLeaseForAFreshValueIsHandedOutThoughAValueIsThere() {
        cache.put("k", "old");
        Lookup.Miss<String> fresh = cache.lookupFresh("k");
        assertThat(fresh.state()).isEqualTo(cache.state());
        assertThat(cache.getIfPresent("k")).isEqualTo("old");
        assertThat(cache.store("k", fresh.lease().token(), "new", PLAIN).isStored())
                .isTrue();
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
        assertThat(cache.stats().misses()).isEqualTo(1);
    }

    @Test
    void whatWasLoadedFreshIsRefusedAfterAnInvalidation() {
        cache.put("k", "old");
        Lookup.Miss<String> fresh = cache.lookupFresh("k");
        cache.invalidate("k");
        assertRefused(cache.store("k", fresh.lease().token(), "overtaken", PLAIN), Refusal.INVALIDATED);
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void onlyALeaseThatIsGoodIsReleased() {
        RegionCache<String> other = bench.builder().build();
        String released = cache.lease("k").token();
        assertThat(cache.release("k", released)).isTrue();
        assertThat(cache.release("k", released)).isFalse();
        assertRefused(cache.store("k", released, "v", PLAIN), Refusal.USED);
        assertThat(cache.release("BB", cache.lease("Aa").token())).isFalse();
        assertThat(cache.release("k", cache.lease("j").token())).isFalse();
        assertThat(cache.release("k", other.lease("k").token())).isFalse();
        assertThat(cache.release("k", "not a lease")).isFalse();
        String invalidated = cache.lease("k").token();
        cache.invalidate("k");
        assertThat(cache.release("k", invalidated)).isFalse();
        String expired = cache.lease("k").token();
        bench.advance(Duration.ofMinutes(1));
        assertThat(cache.release("k", expired)).isFalse();
    }

    @Test
    void anAbsenceIsStoredUnderTheTextOfALease() {
        assertThat(cache.storeAbsence("k", cache.lease("k").token(), PLAIN).isStored())
                .isTrue();
        assertThat(cache.find("k").orElseThrow().isAbsence()).isTrue();
        assertRefused(cache.storeAbsence("k", null, PLAIN), Refusal.UNLEASED);
        assertRefused(cache.storeAbsence("k", "not a lease", PLAIN), Refusal.UNKNOWN);
        String overtaken = cache.lease("k").token();
        cache.invalidate("k");
        assertRefused(cache.storeAbsence("k", overtaken, PLAIN), Refusal.INVALIDATED);
        RegionCache<String> warm =
                bench.builder().unleasedStores(UnleasedStores.ACCEPT).build();
        assertThat(warm.storeAbsence("k", null, PLAIN).isStored()).isTrue();
        assertThat(warm.find("k").orElseThrow().isAbsence()).isTrue();
    }

    @Test
    void theTextOfALeaseIsSafeInUrls() {
        assertThat(cache.lease("k").token()).matches("[A-Za-z0-9_-]+");
    }

    @Test
    void anInvalidationOfTheKeyKillsItsLeasesAndNoOther() {
        Lease first = cache.lease("k");
        Lease second = cache.lease("k");
        Lease other = cache.lease("other");
        cache.invalidate("k");
        assertRefused(cache.store(first, "v", PLAIN), Refusal.INVALIDATED);
        assertRefused(cache.store("k", second.token(), "v", PLAIN), Refusal.INVALIDATED);
        assertThat(cache.store(other, "v", PLAIN).isStored()).isTrue();
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void keysWithOneHashDoNotKillEachOthersLeases() {
        assertThat("Aa".hashCode()).isEqualTo("BB".hashCode());
        Lease lease = cache.lease("Aa");
        cache.invalidate("BB");
        assertThat(cache.store(lease, "v", PLAIN).isStored()).isTrue();
    }

    @Test
    void aLeaseForAnotherKeyWithTheSameHashIsForeign() {
        assertRefused(cache.store("BB", cache.lease("Aa").token(), "v", PLAIN), Refusal.FOREIGN);
    }

    @Test
    void anInvalidationOfATagKillsTheStoreThatNamesIt() {
        Lease tagged = cache.lease("k");
        Lease untagged = cache.lease("k");
        cache.invalidate(Selector.tags("t"));
        assertRefused(cache.store(tagged, "v", PLAIN.tags("s", "t")), Refusal.INVALIDATED);
        assertThat(cache.store(untagged, "v", PLAIN.tags("s")).isStored()).isTrue();
    }

    @Test
    void anInvalidationOfAPrefixKillsTheLeasesOfItsKeys() {
        Lease inside = cache.lease("user:1");
        Lease exactly = cache.lease("user:");
        Lease outside = cache.lease("user");
        cache.invalidate(Selector.prefixes("user:"));
        assertRefused(cache.store(inside, "v", PLAIN), Refusal.INVALIDATED);
        assertRefused(cache.store(exactly, "v", PLAIN), Refusal.INVALIDATED);
        assertThat(cache.store(outside, "v", PLAIN).isStored()).isTrue();
    }

    @Test
    void clearKillsEveryLease() {
        Lease lease = cache.lease("k");
        cache.clear();
        assertRefused(cache.store(lease, "v", PLAIN), Refusal.INVALIDATED);
        assertThat(cache.store(cache.lease("k"), "v", PLAIN).isStored()).isTrue();
    }

    @Test
    void aResetKillsEveryLeaseAndSaysSo() {
        Lease byObject = cache.lease("k");
        Lease byText = cache.lease("k");
        cache.reset(ResetReason.EPOCH);
        assertRefused(cache.store(byObject, "v", PLAIN), Refusal.RESET);
        assertRefused(cache.store("k", byText.token(), "v", PLAIN), Refusal.RESET);
        bench.advance(Duration.ofSeconds(11));
        cache.sweep();
        assertRefused(cache.store("k", byText.token(), "v", PLAIN), Refusal.RESET);
        assertThat(bench.heard.resets).containsExactly(ResetReason.EPOCH);
    }

    @Test
    void joiningKillsEveryLeaseAndIsNoReset() {
        Lease lease = cache.lease("k");
        cache.put("old", "v");
        cache.joined();
        assertRefused(cache.store(lease, "v", PLAIN), Refusal.RESET);
        assertThat(cache.getIfPresent("old")).isNull();
        assertThat(bench.heard.resets).isEmpty();
    }

    @Test
    void aLeaseIsGoodForOneStore() {
        Lease lease = cache.lease("k");
        assertThat(cache.store("k", lease.token(), "v", PLAIN).isStored()).isTrue();
        assertRefused(cache.store("k", lease.token(), "w", PLAIN), Refusal.USED);
        assertRefused(cache.store(lease, "w", PLAIN), Refusal.USED);
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    @Test
    void aLeaseExpires() {
        Lease lease = cache.lease("k");
        bench.advance(Duration.ofSeconds(10));
        assertRefused(cache.store(lease, "v", PLAIN), Refusal.EXPIRED);
        assertRefused(cache.store("k", lease.token(), "v", PLAIN), Refusal.EXPIRED);
        cache.sweep();
        assertRefused(cache.store("k", lease.token(), "v", PLAIN), Refusal.EXPIRED);
        assertRefused(cache.store(lease, "v", PLAIN), Refusal.EXPIRED);
        assertThat(cache.stats().leases()).isZero();
    }

    @Test
    void aLeaseJustBeforeItsEndIsGood() {
        Lease lease = cache.lease("k");
        bench.advance(Duration.ofSeconds(10).minusNanos(1));
        cache.sweep();
        assertThat(cache.store(lease, "v", PLAIN).isStored()).isTrue();
    }

    @Test
    void aLeaseOfAnotherRegionIsForeign() {
        RegionCache<String> other = bench.builder().build();
        assertRefused(other.store(cache.lease("k"), "v", PLAIN), Refusal.FOREIGN);
        assertRefused(other.store("k", cache.lease("k").token(), "v", PLAIN), Refusal.FOREIGN);
    }

    @Test
    void aLeaseOfAnotherKeyIsForeign() {
        assertRefused(cache.store("j", cache.lease("k").token(), "v", PLAIN), Refusal.FOREIGN);
        assertThat(cache.getIfPresent("j")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "!!!", "AAAA", "0123456789012345678901234567890123456789012345678901"})
    void whatIsNoLeaseIsRefused(String text) {
        assertRefused(cache.store("k", text, "v", PLAIN), Refusal.UNKNOWN);
        assertThat(cache.getIfPresent("k")).isNull();
    }

    @Test
    void aLeaseWithAnyCharacterChangedIsRefused() {
        String token = cache.lease("k").token();
        for (int i = 0; i < token.length(); i++) {
            char changed = token.charAt(i) == 'A' ? 'B' : 'A';
            String forged = token.substring(0, i) + changed + token.substring(i + 1);
            StoreResult result = cache.store("k", forged, "v", PLAIN);
            if (result.isStored()) {
                // Only the counter and the generation, which the cache knows better, may differ unnoticed.
                assertThat(i).isBetween(11, 45);
                token = cache.lease("k").token();
            }
        }
    }

    @Test
    void aStoreWithoutALeaseIsRefusedUnlessAccepted() {
        assertRefused(cache.store("k", null, "v", PLAIN), Refusal.UNLEASED);
        RegionCache<String> accepting =
                bench.builder().unleasedStores(UnleasedStores.ACCEPT).build();
        assertThat(accepting.store("k", null, "v", PLAIN).isStored()).isTrue();
        assertThat(accepting.getIfPresent("k")).isEqualTo("v");
        assertRefused(accepting.store("k", "nonsense", "v", PLAIN), Refusal.UNKNOWN);
    }

    @Test
    void putKeepsWithoutALease() {
        assertThat(cache.put("k", "v").isStored()).isTrue();
        assertThat(cache.getIfPresent("k")).isEqualTo("v");
    }

    @Test
    void leasesAreBounded() {
        RegionCache<String> small = bench.builder().maximumLeases(2).build();
        Lease first = small.lease("k");
        Lease second = small.lease("k");
        Lease third = small.lease("k");
        assertThat(small.stats().leases()).isEqualTo(2);
        assertThat(small.stats().leasesExpiredEarly()).isEqualTo(1);
        assertRefused(small.store("k", first.token(), "v", PLAIN), Refusal.EXPIRED);
        assertThat(small.store(second, "v", PLAIN).isStored()).isTrue();
        assertThat(small.store(third, "v", PLAIN).isStored()).isTrue();
        assertThat(small.stats().leases()).isZero();
    }

    @Test
    void everyRefusalIsCounted() {
        cache.store("k", "nonsense", "v", PLAIN);
        cache.store("k", null, "v", PLAIN);
        assertThat(bench.heard.refused).containsExactly(Refusal.UNKNOWN, Refusal.UNLEASED);
        assertThat(cache.stats().refusals())
                .containsEntry(Refusal.UNKNOWN, 1L)
                .containsEntry(Refusal.UNLEASED, 1L)
                .containsEntry(Refusal.USED, 0L);
    }
}
