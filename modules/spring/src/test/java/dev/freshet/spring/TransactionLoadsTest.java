package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What a transaction loads: stored after its commit, and only if it is neither uncommitted nor from an old snapshot. */
class TransactionLoadsTest extends Bank {

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatATransactionLoadsIsStoredAfterItsCommit(AccountRead read) {
        mine.write(id, "Ann");

        run(transaction(), () -> {
            assertThat(read.find(mine, id)).isEqualTo("Ann");
            assertThat(here.has("users", id)).isFalse();
        });

        assertThat(here.has("users", id)).isTrue();
        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void anUncommittedValueIsNotCachedAfterARollback(AccountRead read) {
        mine.write(id, "Ann");

        runAndRollBack(() -> {
            mine.write(id, "Bob");
            assertThat(read.find(mine, id)).isEqualTo("Bob");
        });

        assertThat(here.has("users", id)).isFalse();
        assertThat(here.hasNoLease("users", id)).isTrue();
        assertThat(read.find(mine, id)).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void anUncommittedValueIsSharedWithNobody(AccountRead read) {
        mine.write(id, "Ann");

        runAndRollBack(() -> {
            mine.write(id, "Bob");
            assertThat(read.find(mine, id)).isEqualTo("Bob");
            assertThat(elsewhere(() -> read.find(mine, id))).isEqualTo("Ann");
        });
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void anUncommittedValueIsNotCachedAfterARollbackToASavepoint(AccountRead read) {
        mine.write(id, "Ann");
        TransactionTemplate nested = transaction();
        nested.setPropagationBehavior(TransactionDefinition.PROPAGATION_NESTED);

        run(
                transaction(),
                () -> nested.executeWithoutResult(status -> {
                    mine.write(id, "Bob");
                    assertThat(read.find(mine, id)).isEqualTo("Bob");
                    status.setRollbackOnly();
                }));

        assertThat(here.has("users", id)).isFalse();
        assertThat(read.find(mine, id)).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void aSnapshotThatIsOlderThanTheLeaseStoresNothing(AccountRead read) {
        mine.write(id, "Ann");

        run(snapshot(), () -> {
            mine.read(id); // PostgreSQL takes the snapshot with the first statement
            elsewhere(() -> {
                mine.rename(id, "Bob");
                return id;
            });
            assertThat(read.find(mine, id)).isEqualTo("Ann");
        });

        assertThat(here.has("users", id)).isFalse();
        assertThat(read.find(mine, id)).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void aReadOnlySnapshotThatIsOlderThanTheLeaseStoresNothing(AccountRead read) {
        mine.write(id, "Ann");

        run(readOnly(), () -> {
            mine.read(id);
            elsewhere(() -> {
                mine.rename(id, "Bob");
                return id;
            });
            assertThat(read.find(mine, id)).isEqualTo("Ann");
            assertThat(elsewhere(() -> read.find(mine, id))).isEqualTo("Bob");
        });

        assertThat(read.find(mine, id)).isEqualTo("Bob");
    }

    /** As databases do that take it without waiting for the first statement. */
    private static final class TakesSnapshots extends DataSourceTransactionManager {
        private static final long serialVersionUID = 1L;
        private final transient Runnable meanwhile;

        TakesSnapshots(DataSource database, Runnable meanwhile) {
            super(database);
            this.meanwhile = meanwhile;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {
            super.doBegin(transaction, definition);
            new JdbcTemplate(Objects.requireNonNull(getDataSource())).execute("SELECT 1");
            meanwhile.run();
        }
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void aSnapshotThatIsOverwrittenBeforeItsTransactionHasBegunStoresNothing(AccountRead read) {
        mine.write(id, "Ann");
        TakesSnapshots manager = new TakesSnapshots(
                here.bean(DataSource.class),
                () -> elsewhere(() -> {
                    mine.rename(id, "Bob");
                    return id;
                }));
        here.bean(TransactionMarks.class).listenTo(manager);
        TransactionTemplate transaction = new TransactionTemplate(manager);
        transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

        run(transaction, () -> assertThat(read.find(mine, id)).isEqualTo("Ann"));

        assertThat(here.has("users", id)).isFalse();
        assertThat(read.find(mine, id)).isEqualTo("Bob");
    }

    @Test
    void theMarkOfATransactionIsNotOfOneThatBeganWhileItsOwnManagerBeganIt() {
        mine.write(id, "Ann");
        TakesSnapshots manager = new TakesSnapshots(here.bean(DataSource.class), () -> {
            elsewhere(() -> {
                mine.rename(id, "Bob");
                return id;
            });
            run(second(), () -> {});
        });
        here.bean(TransactionMarks.class).listenTo(manager);
        TransactionTemplate transaction = new TransactionTemplate(manager);
        transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

        run(transaction, () -> assertThat(mine.find(id)).isEqualTo("Ann"));

        assertThat(here.has("users", id)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void aReadOnlyTransactionDoesNotReadWhatItEvicts(AccountRead read) {
        cachedInBoth("Ann");
        mine.write(id, "Bob"); // and tells nobody

        run(readOnly(), () -> {
            here.cache("users").evict(id);
            assertThat(read.find(mine, id)).isEqualTo("Bob");
        });

        assertThat(read.find(mine, id)).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(AccountRead.class)
    void whatAReadOnlyTransactionLoadsIsStoredAtOnce(AccountRead read) {
        mine.write(id, "Ann");

        run(readOnly(), () -> {
            assertThat(read.find(mine, id)).isEqualTo("Ann");
            assertThat(here.has("users", id)).isTrue();
        });
    }

    @Test
    void whatIsLoadedInATransactionOfAnUnknownManagerIsNotStoredAndCounted() {
        mine.write(id, "Ann");
        long before = here.manager().stats().untrackedLoads();
        TransactionTemplate unknown =
                new TransactionTemplate(new DataSourceTransactionManager(here.bean(DataSource.class)));

        run(unknown, () -> assertThat(mine.find(id)).isEqualTo("Ann"));

        assertThat(here.has("users", id)).isFalse();
        assertThat(here.hasNoLease("users", id)).isTrue();
        assertThat(here.manager().stats().untrackedLoads()).isEqualTo(before + 1);
        run(unknown, () -> mine.rename(id, "Bob"));
        assertThat(mine.find(id)).isEqualTo("Bob");
    }
}
