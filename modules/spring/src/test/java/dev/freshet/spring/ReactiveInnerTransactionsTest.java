package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Mono;

/** As {@link InnerTransactionsTest}, in Reactor contexts. */
class ReactiveInnerTransactionsTest extends ReactiveBank {

    private final R2dbcTransactionManager second = new R2dbcTransactionManager(connections());

    private TransactionalOperator second(int propagation) {
        return TransactionalOperator.create(second, new DefaultTransactionDefinition(propagation));
    }

    private TransactionalOperator secondReadOnly() {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setReadOnly(true);
        return TransactionalOperator.create(second, definition);
    }

    ReactiveInnerTransactionsTest() {
        here.bean(TransactionMarks.class).listenTo(second);
    }

    /** Each way in which work may be enclosed by transactions of which the inner one is of another database. */
    private enum Nest {
        INNER {
            @Override
            <T> Mono<T> around(ReactiveInnerTransactionsTest test, Mono<T> work) {
                return test.second(TransactionDefinition.PROPAGATION_REQUIRED).transactional(work);
            }
        },
        INNER_READ_ONLY {
            @Override
            <T> Mono<T> around(ReactiveInnerTransactionsTest test, Mono<T> work) {
                return test.secondReadOnly().transactional(work);
            }
        },
        /** The innermost suspends the middle one, and not the outer one. */
        INNER_REQUIRES_NEW {
            @Override
            <T> Mono<T> around(ReactiveInnerTransactionsTest test, Mono<T> work) {
                return INNER.around(
                        test,
                        test.second(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
                                .transactional(work));
            }
        },
        /** Suspends the inner one, and not the outer one. */
        INNER_SUSPENDED {
            @Override
            <T> Mono<T> around(ReactiveInnerTransactionsTest test, Mono<T> work) {
                return INNER.around(
                        test,
                        test.second(TransactionDefinition.PROPAGATION_NOT_SUPPORTED)
                                .transactional(work));
            }
        };

        abstract <T> Mono<T> around(ReactiveInnerTransactionsTest test, Mono<T> work);
    }

    /** Whether the outer transaction is known to the caches before the inner one begins. */
    private enum Outer {
        HAS_USED_A_CACHE,
        HAS_USED_NONE;

        Mono<Void> begin(ReactiveInnerTransactionsTest test) {
            return this == HAS_USED_NONE
                    ? Mono.empty()
                    : test.mine.find("another").then();
        }
    }

    // ---- Loads

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void anInnerTransactionStoresNoOldSnapshotOfTheOuterOne(ReactiveAccountRead read) {
        for (Nest nest : Nest.values()) {
            mine.rename(id, "Ann").block();

            snapshot(false)
                    .transactional(mine.read(id)
                            .then(elsewhere(mine.rename(id, "Bob")))
                            .then(nest.around(this, read.find(mine, id)))
                            .doOnNext(found -> assertThat(found).isEqualTo("Ann")))
                    .block();

            assertThat(has(read.cache())).as("%s", nest).isFalse();
            assertThat(here.hasNoLease(read.cache(), id)).as("%s", nest).isTrue();
            assertThat(got(read.find(mine, id))).isEqualTo("Bob");
        }
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void whatTheOuterTransactionHasNotCommittedIsCachedByNoInnerOne(ReactiveAccountRead read) {
        for (Outer outer : Outer.values()) {
            for (Nest nest : Nest.values()) {
                mine.rename(id, "Ann").block();

                runAndRollBack(outer.begin(this)
                        .then(mine.write(id, "Bob"))
                        .then(nest.around(
                                this,
                                read.find(mine, id)
                                        .doOnNext(found -> assertThat(found).isEqualTo("Bob"))
                                        .then(elsewhere(read.find(mine, id)))
                                        .doOnNext(found -> assertThat(found).isEqualTo("Ann")))));

                assertThat(got(read.find(mine, id))).as("%s, %s", outer, nest).isEqualTo("Ann");
                assertThat(here.hasNoLease(read.cache(), id))
                        .as("%s, %s", outer, nest)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void whatAnInnerTransactionLoadsIsStoredAfterTheCommitOfTheOuterOne(ReactiveAccountRead read) {
        for (Outer outer : Outer.values()) {
            mine.rename(id, "Ann").block();

            run(outer.begin(this)
                    .then(Nest.INNER.around(this, read.find(mine, id)))
                    .then(then(() -> assertThat(has(read.cache())).isFalse())));

            await().untilAsserted(
                            () -> assertThat(has(read.cache())).as("%s", outer).isTrue());
            assertThat(here.hasNoLease(read.cache(), id)).isTrue();
        }
    }

    // ---- Evictions

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void anEvictionOfAnInnerTransactionIsRepeatedAfterTheCommitOfTheOuterOne(ReactiveAccountWrite write) {
        for (Outer outer : Outer.values()) {
            for (Nest nest : Nest.values()) {
                mine.rename(id, "Ann").block();
                got(others.find(id));

                run(outer.begin(this)
                        .then(nest.around(this, write.rename(mine, id, "Bob")))
                        .then(elsewhere(mine.find(id)))
                        .doOnNext(found -> assertThat(found).isEqualTo("Ann"))); // and is cached

                if (outer == Outer.HAS_USED_A_CACHE) {
                    assertThat(got(mine.find(id))).as("%s", nest).isEqualTo("Bob");
                }
                for (ReactiveAccounts each : new ReactiveAccounts[] {mine, others}) {
                    await().untilAsserted(() -> assertThat(got(each.find(id)))
                            .as("%s, %s", outer, nest)
                            .isEqualTo("Bob"));
                }
            }
        }
    }

    /** Its commit succeeds, and then fails. */
    private static final class Unsure extends R2dbcTransactionManager {
        private static final long serialVersionUID = 1L;

        Unsure(ReactiveBank bank) {
            super(bank.here.bean(io.r2dbc.spi.ConnectionFactory.class));
        }

        @Override
        protected Mono<Void> doCommit(TransactionSynchronizationManager context, GenericReactiveTransaction status) {
            return super.doCommit(context, status)
                    .then(Mono.error(new TransactionSystemException("the answer is lost")));
        }
    }

    @ParameterizedTest
    @EnumSource(Outer.class)
    void soItIsIfNobodyKnowsWhetherTheOuterOneHasCommitted(Outer outer) {
        cachedInBoth("Ann");
        TransactionalOperator unsure = heard(new Unsure(this));

        assertThatThrownBy(() -> unsure.transactional(outer.begin(this)
                                .then(Nest.INNER.around(this, mine.rename(id, "Bob")))
                                .then(elsewhere(mine.find(id))))
                        .block())
                .hasMessage("the answer is lost");

        for (ReactiveAccounts each : new ReactiveAccounts[] {mine, others}) {
            await().untilAsserted(() -> assertThat(got(each.find(id))).isEqualTo("Bob"));
        }
    }

    @ParameterizedTest
    @EnumSource(Outer.class)
    void anEvictionOfAnInnerTransactionThatRollsBackComesAfterTheCommitOfTheOuterOne(Outer outer) {
        cachedInBoth("Ann");

        run(outer.begin(this)
                .then(Nest.INNER.around(this, mine.rename(id, "Bob").then(Mono.error(new RolledBack()))))
                .onErrorResume(RolledBack.class, rolledBack -> Mono.empty()));

        for (ReactiveAccounts each : new ReactiveAccounts[] {mine, others}) {
            await().untilAsserted(() -> assertThat(got(each.find(id))).isEqualTo("Bob"));
        }
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountWrite.class)
    void anInnerTransactionReadsWhatTheOuterOneWrote(ReactiveAccountWrite write) {
        cachedInBoth("Ann");

        Mono<Void> reads = Mono.empty();
        for (Nest nest : Nest.values()) {
            for (ReactiveAccountRead read : ReactiveAccountRead.values()) {
                reads = reads.then(nest.around(
                        this,
                        read.find(mine, id)
                                .doOnNext(found -> assertThat(found)
                                        .as("%s, %s", nest, read)
                                        .isEqualTo("Bob"))
                                .then()));
            }
        }
        run(write.rename(mine, id, "Bob").then(elsewhere(mine.find(id))).then(reads));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(Nest.class)
    void aWriteThroughInAnInnerTransactionEvictsOnly(Nest nest) {
        runAndRollBack(nest.around(this, mine.putThrough(id, "Bob"))
                .then(then(() -> assertThat(has("written")).isFalse())));

        assertThat(has("written")).isFalse();
    }

    /** Each way in which a method does its work within a transaction that is none of its caller's. */
    private enum Own {
        SECOND,
        REQUIRES_NEW,
        NOT_SUPPORTED;

        /** Does the work, which is committed however the caller's transaction ends. */
        Mono<String> commit(ReactiveInnerTransactionsTest test, String name) {
            Mono<Void> write = test.mine.write(test.id, name);
            Mono<Void> committed =
                    switch (this) {
                        case SECOND -> Nest.INNER.around(test, elsewhere(write)); // as the second one's commit does
                        case REQUIRES_NEW -> test.transfers.requiresNew(write);
                        case NOT_SUPPORTED -> test.transfers.outside(write);
                    };
            return committed.thenReturn(name);
        }
    }

    @ParameterizedTest
    @EnumSource(Own.class)
    void anEvictionAroundWhatCommitsByItselfDoesNotWaitForTheCallersTransaction(Own own) {
        cachedInBoth("Ann");

        run(mine.evictAfter(id, () -> own.commit(this, "Bob"))
                .then(elsewhere(mine.find(id)))
                .doOnNext(found -> assertThat(found).isEqualTo("Bob")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
    }

    /** The transaction around it has used no cache: nobody tells that it is suspended. */
    @Test
    void anEvictionWithinWhatIsOutsideOfTheCallersTransactionIsNotLostIfThatRollsBack() {
        cachedInBoth("Ann");

        runAndRollBack(transfers.outside(mine.rename(id, "Bob").then()));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(Own.class)
    void anEvictionAroundWhatCommitsByItselfIsNotLostIfTheCallersTransactionRollsBack(Own own) {
        cachedInBoth("Ann");

        runAndRollBack(mine.evictAfter(id, () -> own.commit(this, "Bob")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
    }

    @Test
    void anEvictionBeforeWhatCommitsByItselfIsRepeatedIfTheCallersTransactionRollsBack() {
        for (Own own : Own.values()) {
            mine.rename(id, "Ann").block();

            runAndRollBack(mine.evictBefore(id, () -> elsewhere(mine.find(id)).then(own.commit(this, "Bob"))));

            assertThat(got(mine.find(id))).as("%s", own).isEqualTo("Bob");
        }
    }

    /** Before any cache was used in the caller's transaction. */
    @ParameterizedTest
    @EnumSource(
            value = Own.class,
            names = {"SECOND", "REQUIRES_NEW"})
    void anEvictionAfterWhatCommittedByItselfIsNotLostIfTheCallersTransactionRollsBack(Own own) {
        cachedInBoth("Ann");

        runAndRollBack(own.commit(this, "Bob").then(mine.evictAfter(id, () -> Mono.just("Bob"))));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }
}
