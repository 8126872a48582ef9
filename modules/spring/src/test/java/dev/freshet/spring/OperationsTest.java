package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.schema.Selector;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** What else annotations and callers by hand do, outside of transactions. Each test has its own rows. */
class OperationsTest {

    private static final AtomicInteger IDS = new AtomicInteger();

    private static final Source SOURCE = new Source();

    @RegisterExtension
    static final TwoReplicas REPLICAS = new TwoReplicas(SOURCE);

    private final Replica here = REPLICAS.here();
    private final Replica there = REPLICAS.there();
    private final String id = "row:" + IDS.incrementAndGet();

    private void cachedInBoth(String value) {
        SOURCE.write(id, value);
        assertThat(here.users().find(id)).isEqualTo(value);
        assertThat(there.users().find(id)).isEqualTo(value);
    }

    // ---- Late results

    @Test
    void aFutureThatIsCancelledStoresNothing() {
        SOURCE.write(id, "Ann");
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<?> found = here.users().findFuture(id);
        load.awaitRead();

        found.cancel(false);
        load.release();

        await().until(() -> here.hasNoLease("users", id));
        assertThat(here.has("users", id)).isFalse();
    }

    @Test
    void aSubscriptionThatIsCancelledEndsTheLease() {
        SOURCE.write(id, "Ann");
        Mono<String> never = here.users().findNever(id);
        Disposable subscription = never.subscribe();
        assertThat(here.hasNoLease("users", id)).isFalse();

        subscription.dispose();

        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @Test
    void aPublisherThatNobodySubscribesToEndsTheLeaseWhenItIsGarbage() {
        WeakReference<Object> garbage = new WeakReference<>(here.users().findMono(id));

        await().until(() -> {
            System.gc();
            return garbage.get() == null && here.hasNoLease("users", id);
        });
    }

    @Test
    void aFutureThatNobodyCompletesEndsTheLeaseWhenItIsGarbage() {
        WeakReference<Object> garbage = new WeakReference<>(here.users().findNeverFuture(id));

        await().until(() -> {
            System.gc();
            return garbage.get() == null && here.hasNoLease("users", id);
        });
    }

    @Test
    void aPublisherThatIsGarbageWhileItsValueIsOnTheWayStoresItAllTheSame() {
        SOURCE.write(id, "Ann");
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<String> value = new CompletableFuture<>();
        here.users().findMono(id).subscribe(value::complete);
        load.awaitRead();
        System.gc();

        load.release();

        assertThat(value.join()).isEqualTo("Ann");
        await().untilAsserted(() -> assertThat(here.has("users", id)).isTrue());
    }

    @Test
    void aSecondSubscriptionStoresNothingThatIsOlderThanAnEviction() {
        SOURCE.write(id, "Ann");
        Mono<String> mono = here.users().findMono(id);
        assertThat(mono.block()).isEqualTo("Ann");
        here.users().evict(id);
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<String> second = mono.toFuture();
        load.awaitRead();
        SOURCE.write(id, "Bob");
        here.users().evict(id);

        load.release();

        assertThat(second.join()).isEqualTo("Ann");
        assertThat(here.has("users", id)).isFalse();
    }

    @Test
    void aFluxThatIsTakenInPartIsStoredWholeOrNotAtAll() {
        SOURCE.write(id, "Ann");

        assertThat(here.users().findFlux(id).take(1).collectList().block()).containsExactly("Ann");

        await().until(() -> here.hasNoLease("lists", id));
        assertThat(here.users().findFlux(id).collectList().block()).containsExactly("Ann", "and more");
    }

    // ---- Evictions

    @Test
    void cacheEvictEvictsHereAtOnceAndThereSoon() {
        cachedInBoth("Ann");

        here.users().evict(id);

        assertThat(here.has("users", id)).isFalse();
        await().until(() -> !there.has("users", id));
    }

    @Test
    void allEntriesEvictsAll() {
        cachedInBoth("Ann");

        here.users().evictAll();

        assertThat(here.has("users", id)).isFalse();
        await().until(() -> !there.has("users", id));
    }

    @Test
    void evictionBeforeTheMethodIsRepeatedAfterItSinceOthersLoadedMeanwhile() {
        cachedInBoth("Ann");

        here.users().evictBefore(id, () -> {
            assertThat(here.has("users", id)).isFalse();
            assertThat(here.users().find(id)).isEqualTo("Ann");
            SOURCE.write(id, "Bob");
        });

        assertThat(here.users().find(id)).isEqualTo("Bob");
    }

    @Test
    void evictionOfAllBeforeTheMethodIsRepeatedAfterIt() {
        cachedInBoth("Ann");

        here.users().evictAllBefore(() -> {
            assertThat(here.has("users", id)).isFalse();
            assertThat(here.users().find(id)).isEqualTo("Ann");
            SOURCE.write(id, "Bob");
        });

        assertThat(here.users().find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(there.users().find(id)).isEqualTo("Bob"));
    }

    @Test
    void evictionBeforeAMethodThatThrowsIsRepeatedToo() {
        cachedInBoth("Ann");

        assertThatThrownBy(() -> here.users().evictBefore(id, () -> {
                    here.users().find(id);
                    throw new IllegalArgumentException("on purpose");
                }))
                .hasMessage("on purpose");

        assertThat(here.has("users", id)).isFalse();
    }

    @Test
    void aFutureEvictsWhenItCompletesAndNotIfItFails() {
        cachedInBoth("Ann");
        CompletableFuture<Void> fails = new CompletableFuture<>();
        CompletableFuture<Void> succeeds = new CompletableFuture<>();
        CompletableFuture<Void> first = here.users().evictLater(id, fails);
        CompletableFuture<Void> second = here.users().evictLater(id, succeeds);

        fails.completeExceptionally(new IllegalStateException("on purpose"));
        assertThat(here.has("users", id)).isTrue();
        succeeds.complete(null);
        assertThat(here.has("users", id)).isFalse();
        assertThat(first).isCompletedExceptionally();
        assertThat(second).isCompleted();
    }

    // ---- Tags and prefixes

    @Test
    void valuesAreEvictedByTheirTags() {
        String red = id + "r";
        String redToo = id + "s";
        String blue = id + "b";
        SOURCE.write(red, "red Ann");
        SOURCE.write(redToo, "red Joe");
        SOURCE.write(blue, "blue Bob");
        here.users().findTagged(red);
        here.users().findTaggedSync(redToo);
        here.users().findTagged(blue);

        there.users().evictTeam("r");

        await().until(() -> !here.has("users", red) && !here.has("users", redToo));
        assertThat(here.has("users", blue)).isTrue();
    }

    @Test
    void anAbsenceOfATaggedMethodHasNoTags() {
        assertThat(here.users().findTagged(id)).isNull();
        assertThat(here.has("users", id)).isTrue();
    }

    @Test
    void keysAreEvictedByPrefixUnlessTheConditionSaysNo() {
        String price = "price" + IDS.incrementAndGet();
        SOURCE.write(price + ":1", "1");
        SOURCE.write("none:1", "1");
        here.users().find(price + ":1");
        here.users().find("none:1");

        here.users().evictPrefix(price);
        here.users().evictPrefix("none");

        assertThat(here.has("users", price + ":1")).isFalse();
        assertThat(here.has("users", "none:1")).isTrue();
    }

    @Test
    void freshetEvictWaitsForAResultThatComesLaterAndEvictsNothingIfItFails() {
        List<BiFunction<Users, CompletableFuture<String>, CompletableFuture<?>>> methods = List.of(
                (users, when) -> users.evictPrefixFuture(id, when),
                (users, when) -> users.evictPrefixMono(id, when).toFuture(),
                (users, when) -> users.evictPrefixFlux(id, when).collectList().toFuture());
        for (BiFunction<Users, CompletableFuture<String>, CompletableFuture<?>> method : methods) {
            cachedInBoth("Ann");
            CompletableFuture<String> fails = new CompletableFuture<>();
            CompletableFuture<String> succeeds = new CompletableFuture<>();
            CompletableFuture<?> first = method.apply(here.users(), fails);
            CompletableFuture<?> second = method.apply(here.users(), succeeds);

            fails.completeExceptionally(new IllegalStateException("on purpose"));
            assertThat(first).isCompletedExceptionally();
            assertThat(here.has("users", id)).isTrue();
            succeeds.complete("done");
            second.join();
            assertThat(here.has("users", id)).isFalse();
        }
    }

    // ---- Puts

    @Test
    void cachePutEvictsEverywhereAndStoresNothing() {
        cachedInBoth("Ann");

        here.users().update(id, "Bob");

        assertThat(here.has("users", id)).isFalse();
        await().untilAsserted(() -> assertThat(there.users().find(id)).isEqualTo("Bob"));
    }

    @Test
    void cachePutWritesThroughWhereThatIsConfigured() {
        SOURCE.write(id, "Ann");
        there.users().findWritten(id);

        here.users().updateThrough(id, "Bob", () -> {});

        assertThat(here.has("written", id)).isTrue();
        assertThat(here.users().findWritten(id)).isEqualTo("Bob");
        assertThat(SOURCE.loads(id)).isEqualTo(1);
        await().untilAsserted(() -> assertThat(there.users().findWritten(id)).isEqualTo("Bob"));
    }

    @Test
    void aWriteThroughThatAnotherWriterOvertookIsNotCached() {
        here.users().updateThrough(id, "Bob", () -> {
            SOURCE.write(id, "Cid");
            here.cache("written").evict(id);
        });

        assertThat(here.has("written", id)).isFalse();
        assertThat(here.users().findWritten(id)).isEqualTo("Cid");
    }

    @Test
    void whatIsWrittenThroughHasItsTags() {
        here.users().updateThrough(id, "red Ann", () -> {});
        assertThat(here.has("written", id)).isTrue();

        there.cache("written").region().invalidate(Change.of(Selector.tags("team:r")));

        await().until(() -> !here.has("written", id));
    }

    @Test
    void aWriteThroughWhoseTagsFailEvictsSinceItIsWrittenAllTheSame() {
        SOURCE.write(id, "Ann");
        here.users().findWritten(id);
        there.users().findWritten(id);

        assertThatThrownBy(() -> here.users().updateThrough(id, "", () -> {}))
                .isInstanceOf(StringIndexOutOfBoundsException.class);

        assertThat(here.has("written", id)).isFalse();
        await().until(() -> !there.has("written", id));
    }

    @Test
    void aWriteThroughOfNullEvicts() {
        SOURCE.write(id, "Ann");
        here.users().findWritten(id);
        there.users().findWritten(id);

        assertThat(here.users().deleteThrough(id)).isNull();

        assertThat(here.has("written", id)).isFalse();
        await().until(() -> !there.has("written", id));
    }

    @Test
    void putByHandEvictsEverywhereAndStoresNothing() {
        cachedInBoth("Ann");

        here.cache("users").put(id, "Bob");

        assertThat(here.has("users", id)).isFalse();
        await().until(() -> !there.has("users", id));
    }

    @Test
    void evictIfPresentByHandSaysWhetherItKnowsAValueAndAsksNobodyElse() {
        cachedInBoth("Ann");
        int before = here.asked().about(id).size();

        assertThat(here.cache("users").evictIfPresent(id)).isTrue();
        assertThat(here.cache("users").evictIfPresent(id)).isFalse();

        assertThat(here.asked().about(id).stream().skip(before)).containsOnly("getIfPresent");
        await().until(() -> !there.has("users", id));
    }

    @Test
    void putIfAbsentByHandStoresNothingAndIsCounted() {
        long before = here.manager().stats().storesWithoutLease();

        assertThat(here.cache("users").putIfAbsent(id, "Ann")).isNull();

        assertThat(here.has("users", id)).isFalse();
        assertThat(here.manager().stats().storesWithoutLease()).isEqualTo(before + 1);
        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @Test
    void readsByHandLeaveNoLease() {
        assertThat(here.cache("users").get(id)).isNull();
        assertThat(here.cache("users").get(id, String.class)).isNull();
        assertThat(here.cache("users").retrieve(id)).isNull();

        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @Test
    void aMethodOfTwoCachesStoresInBothUnderALeaseOfEach() {
        SOURCE.write(id, "Ann");
        Source.Audited load = SOURCE.hold(id);
        CompletableFuture<?> slow =
                CompletableFuture.runAsync(() -> here.users().findInBoth(id), here.threads());
        load.awaitRead();
        here.local("users").invalidate(Selector.keys(id));
        load.release();
        slow.join();

        assertThat(here.has("users", id)).isFalse();
        assertThat(here.has("lists", id)).isTrue();
    }
}
