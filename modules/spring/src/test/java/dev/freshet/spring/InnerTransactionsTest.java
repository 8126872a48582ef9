package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions within others. Of one of another database the outer one goes on meanwhile: its rows are read and written within the inner one,
 * and are committed later.
 */
class InnerTransactionsTest extends Bank {

    private static final int REQUIRES_NEW = TransactionDefinition.PROPAGATION_REQUIRES_NEW;
    private static final int NOT_SUPPORTED = TransactionDefinition.PROPAGATION_NOT_SUPPORTED;

    private TransactionTemplate secondReadOnly() {
        TransactionTemplate transaction = second();
        transaction.setReadOnly(true);
        return transaction;
    }

    /** Each way in which work may be enclosed by transactions of which the inner one is of another database. */
    private enum Nest {
        INNER {
            @Override
            void run(InnerTransactionsTest test, Runnable work) {
                test.run(test.second(), work);
            }
        },
        INNER_READ_ONLY {
            @Override
            void run(InnerTransactionsTest test, Runnable work) {
                test.run(test.secondReadOnly(), work);
            }
        },
        /** The innermost suspends the middle one, and not the outer one. */
        INNER_REQUIRES_NEW {
            @Override
            void run(InnerTransactionsTest test, Runnable work) {
                test.run(test.second(), () -> test.run(test.with(REQUIRES_NEW, test.second()), work));
            }
        },
        /** As the managers of brokers of messages are set by default. */
        INNER_WITHOUT_SYNCHRONIZATION {
            @Override
            void run(InnerTransactionsTest test, Runnable work) {
                SecondManager manager = new SecondManager();
                manager.setTransactionSynchronization(SecondManager.SYNCHRONIZATION_NEVER);
                test.here.bean(TransactionMarks.class).listenTo(manager);
                test.run(new TransactionTemplate(manager), work);
            }
        },
        /** Suspends the inner one, and not the outer one. */
        INNER_SUSPENDED {
            @Override
            void run(InnerTransactionsTest test, Runnable work) {
                test.run(test.second(), () -> test.run(test.with(NOT_SUPPORTED, test.second()), work));
            }
        };

        abstract void run(InnerTransactionsTest test, Runnable work);
    }

    // ---- Loads

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void anInnerTransactionStoresNoOldSnapshotOfTheOuterOne(AccountRead read) {
        for (Nest nest : Nest.values()) {
            mine.rename(id, "Ann");

            run(snapshot(), () -> {
                mine.read(id); // PostgreSQL takes the snapshot with the first statement
                elsewhere(() -> {
                    mine.rename(id, "Bob");
                    return id;
                });
                nest.run(this, () -> assertThat(read.find(mine, id)).isEqualTo("Ann"));
                assertThat(here.has("users", id)).as("%s", nest).isFalse();
            });

            assertThat(here.has("users", id)).as("%s", nest).isFalse();
            assertThat(here.hasNoLease("users", id)).as("%s", nest).isTrue();
            assertThat(read.find(mine, id)).isEqualTo("Bob");
        }
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatTheOuterTransactionHasNotCommittedIsCachedByNoInnerOne(AccountRead read) {
        for (Nest nest : Nest.values()) {
            mine.rename(id, "Ann");

            runAndRollBack(() -> {
                mine.write(id, "Bob");
                nest.run(this, () -> {
                    assertThat(read.find(mine, id)).isEqualTo("Bob");
                    assertThat(elsewhere(() -> read.find(others, id))).isEqualTo("Ann");
                });
                assertThat(here.has("users", id)).as("%s", nest).isFalse();
            });

            assertThat(here.has("users", id)).as("%s", nest).isFalse();
            assertThat(here.hasNoLease("users", id)).as("%s", nest).isTrue();
            assertThat(read.find(mine, id)).isEqualTo("Ann");
        }
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatAnInnerTransactionLoadsIsSharedWithNobody(AccountRead read) {
        mine.write(id, "Ann");

        runAndRollBack(() -> {
            mine.write(id, "Bob");
            run(secondReadOnly(), () -> {
                assertThat(read.find(mine, id)).isEqualTo("Bob");
                assertThat(elsewhere(() -> read.find(mine, id))).isEqualTo("Ann");
            });
        });
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatAnInnerTransactionLoadsIsStoredAfterTheCommitOfTheOuterOne(AccountRead read) {
        mine.write(id, "Ann");

        run(transaction(), () -> {
            run(second(), () -> assertThat(read.find(mine, id)).isEqualTo("Ann"));
            assertThat(here.has("users", id)).isFalse();
        });

        assertThat(here.has("users", id)).isTrue();
        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatAnInnerTransactionThatWritesLoadsIsNotStoredAtOnceAlthoughTheOuterOneIsReadOnly(AccountRead read) {
        for (Nest nest : List.of(Nest.INNER, Nest.INNER_REQUIRES_NEW, Nest.INNER_WITHOUT_SYNCHRONIZATION)) {
            mine.rename(id, "Ann");

            run(
                    readOnly(),
                    () -> nest.run(this, () -> {
                        assertThat(read.find(mine, id)).isEqualTo("Ann");
                        assertThat(here.has("users", id)).as("%s", nest).isFalse();
                    }));

            // Without synchronization nobody tells of its end: then it is not stored at all.
            assertThat(here.has("users", id)).as("%s", nest).isEqualTo(nest != Nest.INNER_WITHOUT_SYNCHRONIZATION);
        }
    }

    @Test
    void whatAnInnerTransactionLoadsIsNotStoredIfItRollsBack() {
        mine.write(id, "Ann");

        run(transaction(), () -> second().executeWithoutResult(status -> {
            mine.find(id);
            status.setRollbackOnly();
        }));

        assertThat(here.has("users", id)).isFalse();
        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    /** Its snapshot is its own: the outer one is suspended. */
    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void anInnerTransactionOfTheSameDatabaseStoresAtItsOwnCommit(AccountRead read) {
        mine.write(id, "Ann");

        run(snapshot(), () -> {
            mine.read(id);
            elsewhere(() -> {
                mine.rename(id, "Bob");
                return id;
            });
            run(with(REQUIRES_NEW, transaction()), () -> assertThat(read.find(mine, id))
                    .isEqualTo("Bob"));
            assertThat(here.has("users", id)).isTrue();
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    // ---- Evictions

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void anEvictionOfAnInnerTransactionIsRepeatedAfterTheCommitOfTheOuterOne(AccountWrite write) {
        for (Nest nest : Nest.values()) {
            mine.rename(id, "Ann");
            others.find(id);

            run(transaction(), () -> {
                nest.run(this, () -> write.rename(mine, id, "Bob"));
                assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Ann"); // and is cached
            });

            assertThat(mine.find(id)).as("%s", nest).isEqualTo("Bob");
            await().untilAsserted(
                            () -> assertThat(others.find(id)).as("%s", nest).isEqualTo("Bob"));
        }
    }

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void anEvictionOfAnInnerTransactionThatRollsBackComesAfterTheCommitOfTheOuterOne(AccountWrite write) {
        cachedInBoth("Ann");

        run(transaction(), () -> second().executeWithoutResult(status -> {
            write.rename(mine, id, "Bob");
            status.setRollbackOnly();
        }));

        assertThat(mine.find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void anInnerTransactionReadsWhatTheOuterOneWrote(AccountWrite write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            elsewhere(() -> mine.find(id));
            for (Nest nest : Nest.values()) {
                nest.run(this, () -> {
                    for (AccountRead read : AccountRead.values()) {
                        assertThat(read.find(mine, id)).as("%s, %s", nest, read).isEqualTo("Bob");
                    }
                });
            }
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(Nest.class)
    void aWriteThroughInAnInnerTransactionEvictsOnly(Nest nest) {
        runAndRollBack(() -> {
            nest.run(this, () -> mine.putThrough(id, "Bob"));
            assertThat(here.has("written", id)).isFalse();
        });

        assertThat(here.has("written", id)).isFalse();
    }

    /** Each way in which a method does its work within a transaction that is none of its caller's. */
    private enum Own {
        SECOND {
            @Override
            TransactionTemplate of(InnerTransactionsTest test) {
                return test.second();
            }
        },
        REQUIRES_NEW {
            @Override
            TransactionTemplate of(InnerTransactionsTest test) {
                return test.with(InnerTransactionsTest.REQUIRES_NEW, test.transaction());
            }
        },
        NOT_SUPPORTED {
            @Override
            TransactionTemplate of(InnerTransactionsTest test) {
                return test.with(InnerTransactionsTest.NOT_SUPPORTED, test.transaction());
            }
        };

        abstract TransactionTemplate of(InnerTransactionsTest test);

        /** Does the work, which is committed however the caller's transaction ends. */
        void commit(InnerTransactionsTest test, String name) {
            test.run(of(test), () -> {
                if (this == SECOND) {
                    test.elsewhere(() -> {
                        test.mine.write(test.id, name); // as the second one's commit does
                        return name;
                    });
                } else {
                    test.mine.write(test.id, name);
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(Own.class)
    void anEvictionAroundWhatCommitsByItselfDoesNotWaitForTheCallersTransaction(Own own) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            mine.evictAfter(id, () -> own.commit(this, "Bob"));
            assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Bob");
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(Own.class)
    void anEvictionAroundWhatCommitsByItselfIsNotLostIfTheCallersTransactionRollsBack(Own own) {
        cachedInBoth("Ann");

        runAndRollBack(() -> mine.evictAfter(id, () -> own.commit(this, "Bob")));

        assertThat(mine.find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(Own.class)
    void anEvictionBeforeWhatCommitsByItselfIsRepeatedIfTheCallersTransactionRollsBack(Own own) {
        cachedInBoth("Ann");

        runAndRollBack(() -> mine.evictBefore(id, () -> {
            elsewhere(() -> mine.find(id)); // and is cached
            own.commit(this, "Bob");
        }));

        assertThat(mine.find(id)).isEqualTo("Bob");
    }
}
