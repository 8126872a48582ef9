package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What a reactive transaction evicts and writes through: after its commit, and not after a rollback. */
class ReactiveTransactionWritesTest extends ReactiveBank {

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void anEvictionComesAfterTheCommitAndReachesTheOtherReplica(ReactiveAccountWrite write) {
        cachedInBoth("Ann");

        run(write.rename(mine, id, "Bob")
                .then(then(() -> assertThat(has("users")).isNotEqualTo(write.isAtOnce())))
                .then(elsewhere(mine.find(id)))
                .doOnNext(found -> assertThat(found).isEqualTo("Ann")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        assertThat(got(mine.findAll(id).single())).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
        await().untilAsserted(() -> assertThat(got(others.findAll(id).single())).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @MethodSource("dev.freshet.spring.ReactiveAccountWrite#afterCommit")
    void aRollbackEvictsNothing(ReactiveAccountWrite write) {
        cachedInBoth("Ann");

        runAndRollBack(write.rename(mine, id, "Bob"));

        assertThat(has("users")).isTrue();
        assertThat(got(mine.find(id))).isEqualTo("Ann");
    }

    private static Mono<Void> registered(TransactionSynchronization callbacks) {
        return TransactionSynchronizationManager.forCurrentTransaction()
                .doOnNext(transaction -> transaction.registerSynchronization(callbacks))
                .then();
    }

    @Test
    void anEvictionIsPublishedBeforeOtherCallbacksAfterTheCommit() {
        cachedInBoth("Ann");
        AtomicReference<Boolean> found = new AtomicReference<>();

        run(mine.rename(id, "Bob").then(registered(new TransactionSynchronization() {
            @Override
            public Mono<Void> afterCommit() {
                return then(() -> found.set(has("users")));
            }
        })));

        assertThat(found).hasValue(false);
    }

    @ParameterizedTest
    @EnumSource(BrokerFault.class)
    void whereverABrokerOfEventsThrowsCachesSayWhatTheDatabaseDoes(BrokerFault broker) {
        cachedInBoth("Ann");

        Throwable fault = catchThrowable(() -> run(registered(broker.reactive())
                .then(mine.rename(id, "Bob"))
                .then(mine.find(id))
                .doOnNext(found -> broker.throwIf(BrokerFault.WITHIN))));

        if (broker.rollsBack()) {
            assertThat(fault).hasMessage(BrokerFault.MESSAGE);
        } else if (!broker.isSwallowed()) {
            assertThat(fault).as("Spring makes another fault of it").isInstanceOf(IllegalStateException.class);
        }
        String stored = got(mine.read(id));
        assertThat(stored).isEqualTo(broker.rollsBack() ? "Ann" : "Bob");
        assertThat(got(mine.find(id))).isEqualTo(stored);
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo(stored));
    }

    /** Spring tells nobody then that the inner transaction is over. */
    @Test
    void aBrokerThatThrowsAfterTheCommitOfAnInnerTransactionLeavesTheOuterOneAsItWas() {
        String inner = id + "inner";
        cachedInBoth("Ann");
        mine.write(inner, "Ann").block();
        got(mine.find(inner));

        run(mine.rename(id, "Bob")
                .then(transfers.requiresNew(
                        registered(BrokerFault.AFTER_COMMIT.reactive()).then(mine.rename(inner, "Cid"))))
                .onErrorResume(IllegalStateException.class, fault -> Mono.empty())
                .then(then(() -> {
                    assertThat(here.has("users", inner)).isFalse();
                    assertThat(has("users")).isTrue();
                }))
                .then(mine.find(id))
                .doOnNext(found -> assertThat(found).isEqualTo("Bob")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        assertThat(got(mine.find(inner))).isEqualTo("Cid");
    }

    @Test
    void aTransactionThatIsCancelledEvictsNothing() {
        cachedInBoth("Ann");
        CompletableFuture<Void> written = new CompletableFuture<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Disposable subscriber = transaction()
                .transactional(mine.rename(id, "Bob")
                        .then(then(() -> written.complete(null)))
                        .then(Mono.never())
                        .doOnCancel(() -> ended.complete(null)))
                .subscribe();
        joined(written);

        subscriber.dispose();

        joined(ended);
        mine.write(id, "Cid").block(); // waits for the row, and so for the rollback
        assertThat(has("users")).isTrue();
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void aTransactionReadsWhatItWrote(ReactiveAccountWrite write) {
        cachedInBoth("Ann");

        Mono<Void> reads = Mono.empty();
        for (ReactiveAccountRead read : ReactiveAccountRead.values()) {
            reads = reads.then(read.find(mine, id)
                    .doOnNext(found -> assertThat(found).as("%s", read).isEqualTo("Bob"))
                    .then());
        }
        run(write.rename(mine, id, "Bob").then(reads));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @Test
    void anAnnotatedTransactionEvictsAfterItsCommit() {
        cachedInBoth("Ann");

        got(transfers.required(transfers
                .required(mine.rename(id, "Bob"))
                .then(then(() -> assertThat(has("users")).isTrue()))
                .thenReturn("done")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @Test
    void anInnerTransactionEvictsAtItsCommitAlthoughTheOuterOneRollsBack() {
        cachedInBoth("Ann");

        runAndRollBack(transfers.requiresNew(mine.rename(id, "Bob")).then(then(() -> assertThat(has("users"))
                .isFalse())));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @Test
    void anOuterTransactionKeepsWhatItEvictedBeforeAnInnerOne() {
        cachedInBoth("Ann");

        run(mine.rename(id, "Bob")
                .then(transfers.requiresNew(Mono.<String>error(new RolledBack())))
                .onErrorResume(RolledBack.class, rolledBack -> Mono.empty()));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @Test
    void aWriteThroughIsCachedAfterTheCommit() {
        run(mine.putThrough(id, "Ann").then(mine.putThrough(id, "Bob")).then(then(() -> assertThat(has("written"))
                .isFalse())));

        assertThat(here.cache("written").get(id, String.class)).isEqualTo("Bob");
    }

    @Test
    void aTransactionReadsWhatItWroteThrough() {
        mine.putThrough(id, "Ann").block();
        assertThat(got(mine.findWritten(id))).isEqualTo("Ann");

        run(mine.putThrough(id, "Bob").then(mine.findWritten(id)).doOnNext(found -> assertThat(found)
                .isEqualTo("Bob")));

        assertThat(got(mine.findWritten(id))).isEqualTo("Bob");
    }

    @Test
    void aWriteThroughWhoseTagsFailEvictsSinceItIsWrittenAllTheSame() {
        mine.putThrough(id, "Ann").block();
        assertThat(has("written")).isTrue();

        assertThatThrownBy(() -> mine.putThrough(id, "").block()).isInstanceOf(StringIndexOutOfBoundsException.class);

        assertThat(has("written")).isFalse();
    }

    @Test
    void aWriteThroughIsNotCachedAfterARollback() {
        runAndRollBack(mine.putThrough(id, "Ann"));

        assertThat(has("written")).isFalse();
    }

    // ---- Without a transaction

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void withoutATransactionAnEvictionHasComeWhenTheWriteCompletes(ReactiveAccountWrite write) {
        cachedInBoth("Ann");

        write.rename(mine, id, "Bob").block();

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
    }

    @Test
    void withoutATransactionAWriteThroughIsCachedWhenTheWriteCompletes() {
        mine.putThrough(id, "Ann").block();

        assertThat(here.cache("written").get(id, String.class)).isEqualTo("Ann");
    }

    @Test
    void beforeTheMethodAndOnceMoreAfterItAlsoIfItFails() {
        cachedInBoth("Ann");

        assertThatThrownBy(() -> mine.evictBefore(
                                id,
                                () -> Mono.defer(() -> {
                                    assertThat(has("users")).isFalse();
                                    return elsewhere(mine.find(id)).then(Mono.<String>error(new RolledBack()));
                                }))
                        .block())
                .isInstanceOf(RolledBack.class);

        assertThat(has("users")).isFalse();
    }

    @Test
    void beforeTheMethodAndOnceMoreIfItIsCancelled() {
        cachedInBoth("Ann");
        CompletableFuture<Void> started = new CompletableFuture<>();
        Disposable subscriber = mine.evictBefore(id, () -> elsewhere(mine.find(id))
                        .then(then(() -> started.complete(null)))
                        .then(Mono.never()))
                .subscribe();
        joined(started);
        assertThat(has("users")).isTrue();

        subscriber.dispose();

        await().until(() -> !has("users"));
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void aWriteThatFailsEvictsNothingAfterIt(ReactiveAccountWrite write) {
        String impossible = "a\u0000b"; // PostgreSQL refuses it
        cachedInBoth("Ann");
        others.find(id).block();

        assertThatThrownBy(() -> write.rename(mine, id, impossible).block()).isNotNull();

        assertThat(has("users")).isNotEqualTo(write.isAtOnce());
    }

    @Test
    void aMethodThatFailsEvictsNothing() {
        cachedInBoth("Ann");

        assertThatThrownBy(() ->
                        mine.evictAfter(id, () -> Mono.error(new RolledBack())).block())
                .isInstanceOf(RolledBack.class);

        assertThat(has("users")).isTrue();
    }

    @Test
    void theCallerGoesOnOnAThreadOfReactor() {
        cachedInBoth("Ann");
        AtomicReference<String> thread = new AtomicReference<>();

        mine.evictAfter(id, () -> Mono.just("Bob"))
                .doOnNext(name -> thread.set(Thread.currentThread().getName()))
                .subscribeOn(Schedulers.parallel())
                .block();

        assertThat(thread.get()).startsWith("parallel-");
        assertThat(has("users")).isFalse();
    }
}
