package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A load within a transaction that began before its lease. */
class MarkTest {

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();

    @Test
    void withoutAMarkATransactionStoresWhatItsSnapshotHas() {
        String snapshot = "old"; // the transaction begins
        cache.invalidate("k"); // another one commits "new", and the change is applied here
        cache.get("k", (key, load) -> snapshot);
        assertThat(cache.getIfPresent("k")).as("the trap").isEqualTo("old");
    }

    @Test
    void sinceAMarkWhatWasInvalidatedIsReturnedAndNotKept() {
        Mark mark = cache.mark();
        cache.invalidate("k");
        assertThat(cache.get("k", (key, load) -> "old", mark)).isEqualTo("old");
        assertThat(cache.getIfPresent("k")).isNull();
        assertThat(cache.get("other", (key, load) -> "v", mark)).isEqualTo("v");
        assertThat(cache.getIfPresent("other")).isEqualTo("v");
        assertThat(cache.get("k", (key, load) -> "new", cache.mark())).isEqualTo("new");
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
    }

    @Test
    void soIsWhatWasInvalidatedBroadly() {
        for (Selector selector : List.of(Selector.tags("t"), Selector.prefixes("k"), Selector.all())) {
            Mark mark = cache.mark();
            cache.invalidate(selector);
            cache.get(
                    "key",
                    (key, load) -> {
                        load.tags("t");
                        return "old";
                    },
                    mark);
            assertThat(cache.getIfPresent("key")).as("%s", selector).isNull();
        }
    }

    @Test
    void whoComesAfterTheInvalidationDoesNotShareTheLoad() {
        Mark mark = cache.mark();
        cache.invalidate("k");
        String outer = cache.get(
                "k",
                (key, load) -> {
                    // Another caller, while this load is in flight.
                    Background.run(() -> assertThat(cache.get("k", (again, other) -> "new"))
                                    .isEqualTo("new"))
                            .join();
                    return "old";
                },
                mark);
        assertThat(outer).isEqualTo("old");
        assertThat(cache.getIfPresent("k")).isEqualTo("new");
    }

    @Test
    void aLeaseSinceAMarkSaysWhyItsStoreIsRefused() {
        Mark mark = cache.mark();
        cache.invalidate("k");
        Lease lease = cache.lease("k", mark);
        assertThat(cache.store("k", lease.token(), "old", StoreOptions.none()))
                .isEqualTo(StoreResult.refused(Refusal.INVALIDATED));
        assertThat(cache.store(lease, "old", StoreOptions.none())).isEqualTo(StoreResult.refused(Refusal.INVALIDATED));
        cache.release(lease);
    }

    @Test
    void aMarkOutlivesSweepsAndLeases() {
        Mark mark = cache.mark();
        bench.clock.advance(Duration.ofHours(1));
        cache.sweep();
        assertThat(cache.store(cache.lease("k", mark), "v", StoreOptions.none()).isStored())
                .isTrue();
    }

    @Test
    void aMarkedReaderTakesWhatIsCachedAndDoesNotRefresh() {
        RegionCache<String> refreshing = bench.builder()
                .refreshAfterWrite(Duration.ofSeconds(1))
                .refreshExecutor(refresh -> {
                    throw new AssertionError("a refresh");
                })
                .build();
        Mark mark = refreshing.mark();
        refreshing.get("k", (key, load) -> "v", mark);
        bench.clock.advance(Duration.ofSeconds(2));
        assertThat(refreshing.get("k", (key, load) -> "w", mark)).isEqualTo("v");
        assertThat(refreshing.stats().refreshesRejected()).isZero();
    }

    @Test
    void aMarkedLoadRunsOnItsCallersThread() {
        RegionCache<String> elsewhere = bench.builder()
                .loadExecutor(load -> {
                    throw new AssertionError("another thread");
                })
                .build();
        Thread caller = Thread.currentThread();
        elsewhere.get(
                "k",
                (key, load) -> {
                    assertThat(Thread.currentThread()).isSameAs(caller);
                    return "v";
                },
                elsewhere.mark());
    }

    @Test
    void aMarkOfAnotherCacheIsRefused() {
        Mark mark =
                RegionCache.<String>builder("other").maximumEntries(1).build().mark();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> cache.get("k", (key, load) -> "v", mark))
                .withMessageContaining("\"other\"");
        assertThatIllegalArgumentException().isThrownBy(() -> cache.lease("k", mark));
    }
}
