package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The invariant is told at {@code LoadWaiters}: nobody is forgotten, and one lease a key is out among those that wait. */
class LoadWaitTest {

    private static final Duration WAIT = Duration.ofSeconds(2);
    private static final StoreOptions TAGGED = StoreOptions.none().tags("t");

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = bench.builder().build();

    private CompletableFuture<Lookup<String>> await() {
        return cache.lookupOrAwait("k", WAIT, true);
    }

    private static Lookup.Miss<String> miss(CompletableFuture<Lookup<String>> answer) {
        assertThat(answer).isCompleted();
        return (Lookup.Miss<String>) answer.join();
    }

    private static Lookup.Hit<String> hit(CompletableFuture<Lookup<String>> answer) {
        assertThat(answer).isCompleted();
        return (Lookup.Hit<String>) answer.join();
    }

    @Test
    void theFirstIsGivenALeaseAndTheOthersWhatItStores() {
        Lookup.Miss<String> first = miss(await());
        CompletableFuture<Lookup<String>> second = await();
        CompletableFuture<Lookup<String>> third = await();
        assertThat(second).isNotDone();
        assertThat(cache.stats().loadWaiters()).isEqualTo(2);
        cache.store(first.lease(), "v", TAGGED);
        assertThat(hit(second).value()).isEqualTo("v");
        assertThat(hit(third).value()).isEqualTo("v");
        assertThat(cache.stats().loadWaiters()).isZero();
        assertThat(hit(await()).value()).isEqualTo("v");
    }

    @Test
    void whenALeaseDiesOneIsGivenTheNextAndTheOthersWaitOn() {
        List<Consumer<RegionCache<String>>> deaths = List.of(
                c -> c.invalidate("k"),
                c -> bench.apply(c, Selector.tags("t"), Duration.ZERO),
                c -> bench.apply(c, Selector.prefixes("k"), Duration.ZERO),
                RegionCache::clear,
                c -> c.reset(ResetReason.EPOCH));
        for (Consumer<RegionCache<String>> death : deaths) {
            cache.invalidate("k");
            miss(await());
            CompletableFuture<Lookup<String>> second = await();
            CompletableFuture<Lookup<String>> third = await();
            death.accept(cache);
            cache.sweep(); // the scheduler's part
            Lookup.Miss<String> next = miss(second);
            assertThat(third).isNotDone();
            assertThat(cache.store(next.lease(), "new", TAGGED).isStored()).isTrue();
            assertThat(hit(third).value()).isEqualTo("new");
        }
    }

    @Test
    void anExpiredLeaseIsNotWaitedFor() {
        RegionCache<String> quick =
                bench.builder().leaseTtl(Duration.ofSeconds(1)).build();
        quick.lease("k");
        CompletableFuture<Lookup<String>> waiting = quick.lookupOrAwait("k", WAIT, true);
        bench.advance(Duration.ofMillis(999));
        quick.sweep();
        assertThat(waiting).isNotDone();
        bench.advance(Duration.ofMillis(1));
        quick.sweep();
        miss(waiting);
    }

    @Test
    void whenALeaseIsReleasedByItsTextOneIsGivenTheNext() {
        String token = miss(await()).lease().token();
        CompletableFuture<Lookup<String>> second = await();
        CompletableFuture<Lookup<String>> third = await();
        assertThat(cache.release("k", token)).isTrue();
        Lookup.Miss<String> next = miss(second);
        assertThat(third).isNotDone();
        assertThat(cache.store("k", token, "late", TAGGED).refusal()).contains(Refusal.USED);
        assertThat(cache.store(next.lease(), "v", TAGGED).isStored()).isTrue();
        assertThat(hit(third).value()).isEqualTo("v");
    }

    @Test
    void whoWaitsLearnsOfAnAbsenceThatIsStoredUnderATextOfALease() {
        String token = miss(await()).lease().token();
        CompletableFuture<Lookup<String>> waiting = await();
        assertThat(cache.storeAbsence("k", token, TAGGED).isStored()).isTrue();
        assertThat(hit(waiting).isAbsence()).isTrue();
    }

    @Test
    void whoWaitedLongEnoughIsGivenALease() {
        miss(await());
        CompletableFuture<Lookup<String>> waiting = await();
        bench.advance(WAIT);
        cache.sweep();
        assertThat(cache.store(miss(waiting).lease(), "v", TAGGED).isStored()).isTrue();
    }

    @Test
    void aLoadOfThisProcessIsWaitedForWhateverBecomesOfIt() {
        List<CompletableFuture<Lookup<String>>> during = new ArrayList<>();
        cache.get("k", (key, load) -> {
            during.add(await());
            assertThat(during.get(0)).isNotDone();
            return "v";
        });
        assertThat(hit(during.get(0)).value()).isEqualTo("v");
        cache.invalidate("k");
        cache.get("k", (key, load) -> {
            during.add(await());
            assertThat(during.get(1)).isNotDone();
            load.doNotStore();
            return "v";
        });
        miss(during.get(1));
    }

    @Test
    void tooManyAreAnsweredAtOnce() {
        RegionCache<String> small = bench.builder().maximumLoadWaiters(1).build();
        small.lease("k");
        CompletableFuture<Lookup<String>> waiting = small.lookupOrAwait("k", WAIT, true);
        miss(small.lookupOrAwait("k", WAIT, true));
        assertThat(waiting).isNotDone();
        assertThat(small.stats().loadWaitersRefused()).isEqualTo(1);
    }

    @Test
    void whoGivesUpLeavesItsPlace() {
        miss(await());
        CompletableFuture<Lookup<String>> waiting = await();
        waiting.cancel(false);
        assertThat(cache.stats().loadWaiters()).isZero();
    }

    @Test
    void theSchedulerAnswersWhereTheOwnerDoesNot() throws Exception {
        try (RegionCache<String> own =
                RegionCache.<String>builder("users").maximumEntries(10).build()) {
            own.lease("k");
            CompletableFuture<Lookup<String>> brief = own.lookupOrAwait("k", Duration.ofMillis(20), true);
            assertThat(brief.get(60, TimeUnit.SECONDS)).isInstanceOf(Lookup.Miss.class);
            CompletableFuture<Lookup<String>> waiting = own.lookupOrAwait("k", Duration.ofHours(1), true);
            own.invalidate(Selector.tags("t"));
            assertThat(waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(Lookup.Miss.class);
        }
    }

    /** The common pool has one thread on a machine of two cores, and all of the process shares it. */
    @Test
    void whateverBlocksTheCommonPoolWhoWaitsIsAnswered() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
            ForkJoinPool.commonPool().execute(() -> awaitQuietly(end));
        }
        try (RegionCache<String> own =
                RegionCache.<String>builder("users").maximumEntries(10).build()) {
            own.lease("k");
            CompletableFuture<Lookup<String>> waiting = own.lookupOrAwait("k", Duration.ofHours(1), true);
            CompletableFuture<Lookup<String>> brief = own.lookupOrAwait("k", Duration.ofMillis(20), true);
            assertThat(brief.get(60, TimeUnit.SECONDS)).isInstanceOf(Lookup.Miss.class);
            own.invalidate(Selector.tags("t"));
            assertThat(waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(Lookup.Miss.class);
        } finally {
            end.countDown();
        }
    }

    @Test
    void whatOneCallerAttachedHoldsUpNoOther() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (RegionCache<String> own =
                RegionCache.<String>builder("users").maximumEntries(100).build()) {
            List<CompletableFuture<Lookup<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                own.lease("k" + i);
                CompletableFuture<Lookup<String>> one = own.lookupOrAwait("k" + i, Duration.ofHours(1), true);
                CompletableFuture<Void> attached = one.thenRun(() -> awaitQuietly(end));
                assertThat(attached).isNotDone();
                waiting.add(one);
            }
            own.invalidate(Selector.tags("t"));
            // Whoever waits in get() helps to run what is attached, and would block here.
            Awaitility.await().until(() -> waiting.stream().allMatch(CompletableFuture::isDone));
            assertThat(waiting).allMatch(one -> one.join() instanceof Lookup.Miss);
        } finally {
            end.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void howeverOftenAWaiterIsLookedAfterItHasOneTimer() {
        HandScheduler scheduler = new HandScheduler(bench.clock);
        RegionCache<String> busy = RegionCache.<String>builder("users")
                .maximumEntries(10)
                .time(bench.time)
                .scheduler(scheduler)
                .build();
        busy.lease("k");
        CompletableFuture<Lookup<String>> waiting = busy.lookupOrAwait("k", WAIT, true);
        int before = scheduler.pending();
        for (int i = 0; i < 1_000; i++) {
            busy.invalidate("another");
            scheduler.advance(Duration.ZERO);
        }
        assertThat(waiting).isNotDone();
        assertThat(scheduler.pending()).isLessThanOrEqualTo(before);
        scheduler.advance(WAIT);
        miss(waiting);
    }

    @Test
    void whoWaitsForALeaseThatASecondEvictionEndsIsGivenTheNext() {
        HandScheduler scheduler = new HandScheduler(bench.clock);
        RegionCache<String> again = RegionCache.<String>builder("users")
                .maximumEntries(10)
                .time(bench.time)
                .scheduler(scheduler)
                .leaseTtl(Duration.ofMinutes(10))
                .evictAgainAfter(Duration.ofSeconds(1))
                .build();
        again.invalidate("k");
        again.lease("k");
        CompletableFuture<Lookup<String>> waiting = again.lookupOrAwait("k", Duration.ofMinutes(5), true);
        scheduler.advance(Duration.ofMillis(999));
        assertThat(waiting).isNotDone();
        scheduler.advance(Duration.ofMillis(1));
        miss(waiting);
    }

    @Test
    void noneWaitsForAnotherInARegionThatIsBypassedByNow() {
        RegionCache<String> careful = bench.builder()
                .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofSeconds(1))
                .build();
        bench.attach(careful);
        careful.lease("k");
        CompletableFuture<Lookup<String>> second = careful.lookupOrAwait("k", WAIT, true);
        CompletableFuture<Lookup<String>> third = careful.lookupOrAwait("k", WAIT, true);
        assertThat(second).isNotDone();
        bench.advance(Duration.ofMillis(1_001));
        careful.sweep();
        miss(second);
        miss(third);
    }

    @Test
    void manyMayWaitForOneKey() {
        int many = 20_000;
        RegionCache<String> hot = bench.builder().maximumLoadWaiters(many).build();
        Lease lease = hot.lease("k");
        List<CompletableFuture<Lookup<String>>> waiting = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            waiting.add(hot.lookupOrAwait("k", WAIT, true));
        }
        for (int i = many - 1; i >= 0; i -= 2) {
            waiting.get(i).cancel(false);
        }
        assertThat(hot.stats().loadWaiters()).isEqualTo(many / 2);
        hot.store(lease, "v", TAGGED);
        assertThat(hot.stats().loadWaiters()).isZero();
        assertThat(hit(waiting.get(0)).value()).isEqualTo("v");
    }
}
