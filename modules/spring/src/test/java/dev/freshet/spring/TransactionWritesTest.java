package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What a transaction evicts and writes through: after its commit, and not after a rollback. */
class TransactionWritesTest extends Bank {

    // ---- Evictions

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void anEvictionComesAfterTheCommitAndReachesTheOtherReplica(AccountWrite write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            assertThat(here.has("users", id)).isNotEqualTo(write.isAtOnce());
            assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Ann");
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @MethodSource("dev.freshet.spring.AccountWrite#afterCommit")
    void aRollbackEvictsNothing(AccountWrite write) {
        cachedInBoth("Ann");

        runAndRollBack(() -> write.rename(mine, id, "Bob"));

        assertThat(here.has("users", id)).isTrue();
        assertThat(mine.find(id)).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void whatOthersCacheBeforeTheCommitIsEvictedAfterIt(AccountWrite write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Ann"); // and is cached
            assertThat(here.has("users", id)).isTrue();
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(AccountWrite.class)
    void aTransactionReadsWhatItWrote(AccountWrite write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            for (AccountRead read : AccountRead.values()) {
                assertThat(read.find(mine, id)).as("%s", read).isEqualTo("Bob");
            }
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @Test
    void anEvictionIsPublishedBeforeOtherCallbacksAfterTheCommit() {
        cachedInBoth("Ann");
        AtomicInteger found = new AtomicInteger(-1);

        run(transaction(), () -> {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    found.set(here.has("users", id) ? 1 : 0);
                }
            });
            mine.rename(id, "Bob");
        });

        assertThat(found).hasValue(0);
    }

    @ParameterizedTest
    @EnumSource(BrokerFault.class)
    void whereverABrokerOfEventsThrowsCachesSayWhatTheDatabaseDoes(BrokerFault broker) {
        cachedInBoth("Ann");

        // Caches are first in a transaction of which they know that it begins.
        TransactionTemplate transaction = broker == BrokerFault.AFTER_COMMIT_FIRST
                ? new TransactionTemplate(new DataSourceTransactionManager(here.bean(DataSource.class)))
                : transaction();
        Throwable fault = catchThrowable(() -> run(transaction, () -> {
            TransactionSynchronizationManager.registerSynchronization(broker.blocking());
            mine.rename(id, "Bob");
            mine.find(id);
            broker.throwIf(BrokerFault.WITHIN);
        }));

        if (!broker.isSwallowed()) {
            assertThat(fault).hasMessage(BrokerFault.MESSAGE);
        }
        String stored = mine.read(id);
        assertThat(stored).isEqualTo(broker.rollsBack() ? "Ann" : "Bob");
        assertThat(mine.find(id)).isEqualTo(stored);
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo(stored));
    }

    @Test
    void whatACallbackAfterTheCommitEvictsIsEvictedAtOnce() {
        cachedInBoth("Ann");

        run(
                transaction(),
                () -> TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        here.cache("users").evict(id);
                        assertThat(here.has("users", id)).isFalse();
                    }
                }));

        assertThat(here.has("users", id)).isFalse();
    }

    @Test
    void anInnerTransactionEvictsAtItsOwnCommit() {
        cachedInBoth("Ann");
        TransactionTemplate inner = transaction();
        inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

        runAndRollBack(() -> {
            run(inner, () -> mine.rename(id, "Bob"));
            assertThat(here.has("users", id)).isFalse();
            assertThat(mine.find(id)).isEqualTo("Bob");
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @Test
    void anOuterTransactionKeepsWhatItEvictedBeforeAnInnerOne() {
        cachedInBoth("Ann");
        TransactionTemplate inner = transaction();
        inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);

        run(transaction(), () -> {
            here.cache("users").evict(id);
            inner.executeWithoutResult(status -> status.setRollbackOnly());
        });

        assertThat(here.has("users", id)).isFalse();
    }

    @Test
    void anEvictionOfATransactionThatCommitsWithinOneThatRollsBackIsNotLost() {
        cachedInBoth("Ann");

        runAndRollBack(() -> run(second(), () -> {
            elsewhere(() -> {
                mine.write(id, "Bob"); // as the second one's commit does
                return id;
            });
            here.cache("users").evict(id);
        }));

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @Test
    void aNameThatIsNoneIsRefusedAtOnceAndHoldsUpNoOtherEviction() {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            mine.rename(id, "Bob");
            assertThatThrownBy(() -> mine.evictTagged(""))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("tag must not be empty");
            assertThatThrownBy(() -> mine.renameEvictingPrefix("x".repeat(513), "Cid"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("prefix ");
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    // ---- Write-through

    @Test
    void aWriteThroughIsCachedAfterTheCommit() {
        run(transaction(), () -> {
            mine.putThrough(id, "Ann");
            mine.putThrough(id, "Bob");
            assertThat(here.has("written", id)).isFalse();
        });

        assertThat(here.cache("written").get(id, String.class)).isEqualTo("Bob");
    }

    @Test
    void aWriteThroughIsNotCachedAfterARollback() {
        runAndRollBack(() -> mine.putThrough(id, "Ann"));

        assertThat(here.has("written", id)).isFalse();
    }

    @Test
    void aTransactionReadsWhatItWroteThrough() {
        mine.putThrough(id, "Ann");
        assertThat(mine.findWritten(id)).isEqualTo("Ann");

        run(transaction(), () -> {
            mine.putThrough(id, "Bob");
            assertThat(mine.findWritten(id)).isEqualTo("Bob");
        });

        assertThat(mine.findWritten(id)).isEqualTo("Bob");
    }

    @Test
    void aWriteThroughThatIsEvictedInTheSameTransactionIsNotCached() {
        run(transaction(), () -> {
            mine.putThrough(id, "Ann");
            here.cache("written").evict(id);
        });

        assertThat(here.has("written", id)).isFalse();
    }
}
