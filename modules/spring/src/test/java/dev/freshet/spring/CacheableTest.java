package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plain {@code @Cacheable} methods in two replicas. Each test has its own rows. */
class CacheableTest {

    private static final AtomicInteger IDS = new AtomicInteger();

    private static final Source SOURCE = new Source();

    @RegisterExtension
    static final TwoReplicas REPLICAS = new TwoReplicas(SOURCE);

    private final Replica here = REPLICAS.here();
    private final Replica there = REPLICAS.there();
    private final String id = "user:" + IDS.incrementAndGet();

    private CompletableFuture<@Nullable String> findElsewhere(Kind kind) {
        return CompletableFuture.supplyAsync(() -> kind.find(here.users(), id), here.threads());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aSecondCallIsAHitAndNoLeaseIsLeft(Kind kind) {
        SOURCE.write(id, "Ann");

        assertThat(kind.find(here.users(), id)).isEqualTo("Ann");
        assertThat(kind.find(here.users(), id)).isEqualTo("Ann");

        assertThat(SOURCE.loads(id)).isEqualTo(1);
        assertThat(here.hasNoLease(kind.cache(), id)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"BLOCKING_SYNC", "FUTURE_SYNC", "MONO_SYNC", "FLUX_SYNC"})
    void callersOfAKeyShareOneLoadWithSync(Kind kind) {
        SOURCE.write(id, "Ann");
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<@Nullable String> first = findElsewhere(kind);
        load.awaitRead();
        CompletableFuture<@Nullable String> second = findElsewhere(kind);
        await().until(() -> here.asked().about(id).stream()
                        .filter(asked -> !asked.equals("getIfHit"))
                        .count()
                == 2);

        load.release();

        assertThat(first.join()).isEqualTo("Ann");
        assertThat(second.join()).isEqualTo("Ann");
        assertThat(SOURCE.loads(id)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aHitAsksTheRegionForItsValueAlone(Kind kind) {
        SOURCE.write(id, "Ann");
        kind.find(here.users(), id);
        int before = here.asked().about(id).size();

        assertThat(kind.find(here.users(), id)).isEqualTo("Ann");

        assertThat(here.asked().about(id).stream().skip(before)).containsExactly("getIfHit");
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void anEvictionReachesTheOtherReplica(Kind kind) {
        SOURCE.write(id, "Ann");
        kind.find(here.users(), id);
        kind.find(there.users(), id);
        SOURCE.write(id, "Bob");

        there.cache(kind.cache()).evict(id);

        assertThat(kind.find(there.users(), id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(kind.find(here.users(), id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aLoadThatIsOvertakenStoresNothing(Kind kind) {
        SOURCE.write(id, "Ann");
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<@Nullable String> slow = findElsewhere(kind);
        load.awaitRead();
        SOURCE.write(id, "Bob");

        here.cache(kind.cache()).evict(id);
        load.release();

        assertThat(slow.join()).isEqualTo("Ann");
        assertThat(kind.find(here.users(), id)).isEqualTo("Bob");
        await().until(() -> here.hasNoLease(kind.cache(), id));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aLoadThatFailsStoresNothingAndItsFaultArrives(Kind kind) {
        SOURCE.write(id, "broken");

        assertThatThrownBy(() -> kind.find(here.users(), id)).isInstanceOf(Source.NoSuchRow.class);

        await().until(() -> here.hasNoLease(kind.cache(), id));
        SOURCE.write(id, "Ann");
        assertThat(kind.find(here.users(), id)).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"FLUX", "FLUX_SYNC"},
            mode = EnumSource.Mode.EXCLUDE)
    void anAbsenceIsCachedUntilTheRowIsAnnounced(Kind kind) {
        assertThat(kind.find(here.users(), id)).isNull();
        assertThat(kind.find(here.users(), id)).isNull();
        assertThat(SOURCE.loads(id)).isEqualTo(1);
        assertThat(here.has("users", id)).isTrue();

        SOURCE.write(id, "Ann");
        there.users().evict(id);

        await().untilAsserted(() -> assertThat(kind.find(here.users(), id)).isEqualTo("Ann"));
    }

    @Test
    void aResultThatUnlessExcludesIsNotStoredAndLeavesNoLease() {
        SOURCE.write(id, "secret");

        here.users().findUnless(id);
        here.users().findUnless(id);

        assertThat(SOURCE.loads(id)).isEqualTo(2);
        assertThat(here.hasNoLease("users", id)).isTrue();
    }
}
