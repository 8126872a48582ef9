package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.PostgresServer;
import dev.freshet.testkit.RedisServer;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Caches within transactions of a real PostgreSQL, in two replicas. Each test has its own rows. */
class TransactionsTest {

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static RedisServer redis;

    @SuppressWarnings("NullAway.Init")
    private static PostgresServer postgres;

    @SuppressWarnings("NullAway.Init")
    private static Replica here;

    @SuppressWarnings("NullAway.Init")
    private static Replica there;

    private final String id = "account:" + IDS.incrementAndGet() + ";";
    private final Accounts mine = here.bean(Accounts.class);
    private final Accounts others = there.bean(Accounts.class);

    @Configuration(proxyBeanMethods = false)
    static class Database {

        @Bean
        DataSource dataSource() {
            return new DriverManagerDataSource(postgres.uri());
        }

        @Bean
        @Primary
        PlatformTransactionManager transactionManager(DataSource dataSource) {
            return new DataSourceTransactionManager(dataSource);
        }

        @Bean
        SecondManager secondManager() {
            return new SecondManager();
        }

        @Bean
        Accounts accounts(DataSource dataSource) {
            return new Accounts(new JdbcTemplate(dataSource));
        }
    }

    /** Of another database, as far as Spring knows. */
    static class SecondManager extends DataSourceTransactionManager {
        private static final long serialVersionUID = 1L;

        SecondManager() {
            super(new DriverManagerDataSource(postgres.uri()));
        }
    }

    /** Each way in which a cached value is read. */
    @SuppressWarnings("ImmutableEnumChecker") // lambdas
    enum Read {
        BLOCKING(Accounts::find),
        BLOCKING_SYNC(Accounts::findSync),
        FUTURE((accounts, id) -> accounts.findFuture(id).join()),
        FUTURE_SYNC((accounts, id) -> accounts.findFutureSync(id).join());

        private final Finder finder;

        Read(Finder finder) {
            this.finder = finder;
        }

        @Nullable
        String find(Accounts accounts, String id) {
            return finder.find(accounts, id);
        }
    }

    @FunctionalInterface
    private interface Finder {
        @Nullable
        String find(Accounts accounts, String id);
    }

    /** Each way in which a write evicts. */
    @SuppressWarnings("ImmutableEnumChecker") // lambdas
    enum Write {
        EVICT(Accounts::rename),
        EVICT_BEFORE(Accounts::renameEvictingBefore),
        EVICT_ALL(Accounts::renameEvictingAll),
        EVICT_PREFIX(Accounts::renameEvictingPrefix),
        PUT(Accounts::put),
        BY_HAND((accounts, id, name) -> {
            accounts.write(id, name);
            here.cache("users").evict(id);
        });

        private final Renamer renamer;

        Write(Renamer renamer) {
            this.renamer = renamer;
        }

        void rename(Accounts accounts, String id, String name) {
            renamer.rename(accounts, id, name);
        }
    }

    @FunctionalInterface
    private interface Renamer {
        void rename(Accounts accounts, String id, String name);
    }

    @BeforeAll
    static void start() throws SQLException {
        redis = RedisServer.started();
        postgres = PostgresServer.start();
        postgres.execute("CREATE TABLE account (id text PRIMARY KEY, name text)");
        here = Replica.start(Replica.patient(redis.uri()), Replica::caches, null, Database.class)
                .awaitReady();
        there = Replica.start(Replica.patient(redis.uri()), Replica::caches, null, Database.class)
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        here.close();
        there.close();
        redis.close();
        postgres.close();
    }

    private static TransactionTemplate transaction() {
        return new TransactionTemplate(here.bean(PlatformTransactionManager.class));
    }

    private static TransactionTemplate snapshot() {
        TransactionTemplate transaction = transaction();
        transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        return transaction;
    }

    private static TransactionTemplate readOnly() {
        TransactionTemplate transaction = snapshot();
        transaction.setReadOnly(true);
        return transaction;
    }

    private static void run(TransactionTemplate transaction, Runnable work) {
        transaction.executeWithoutResult(status -> work.run());
    }

    private static void runAndRollBack(Runnable work) {
        transaction().executeWithoutResult(status -> {
            work.run();
            status.setRollbackOnly();
        });
    }

    /** What a read elsewhere, outside of the transaction, would be told. */
    private static <T> T elsewhere(Supplier<T> read) {
        return java.util.concurrent.CompletableFuture.supplyAsync(read, here.threads())
                .join();
    }

    private void cachedInBoth(String name) {
        mine.write(id, name);
        assertThat(mine.find(id)).isEqualTo(name);
        assertThat(others.find(id)).isEqualTo(name);
    }

    // ---- Evictions

    @ParameterizedTest
    @EnumSource(Write.class)
    void anEvictionComesAfterTheCommitAndReachesTheOtherReplica(Write write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            if (write != Write.EVICT_BEFORE) {
                assertThat(here.has("users", id)).isTrue();
            }
            assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Ann");
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(others.find(id)).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(value = Write.class, mode = EnumSource.Mode.EXCLUDE, names = "EVICT_BEFORE")
    void aRollbackEvictsNothing(Write write) {
        cachedInBoth("Ann");

        runAndRollBack(() -> write.rename(mine, id, "Bob"));

        assertThat(here.has("users", id)).isTrue();
        assertThat(mine.find(id)).isEqualTo("Ann");
    }

    @Test
    void evictionBeforeTheMethodDoesNotWaitForTheCommitAndIsRepeatedAfterIt() {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            mine.renameEvictingBefore(id, "Bob");
            assertThat(here.has("users", id)).isFalse();
            assertThat(elsewhere(() -> mine.find(id))).isEqualTo("Ann"); // and is cached
        });

        assertThat(mine.find(id)).isEqualTo("Bob");
    }

    @ParameterizedTest
    @EnumSource(Write.class)
    void aTransactionReadsWhatItWrote(Write write) {
        cachedInBoth("Ann");

        run(transaction(), () -> {
            write.rename(mine, id, "Bob");
            for (Read read : Read.values()) {
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

    @Test
    void anEvictionIsPublishedAlthoughAnotherCallbackThrows() {
        cachedInBoth("Ann");

        assertThatThrownBy(() -> run(transaction(), () -> {
                    TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                        @Override
                        public int getOrder() {
                            return Integer.MIN_VALUE;
                        }

                        @Override
                        public void afterCommit() {
                            throw new IllegalStateException("on purpose");
                        }
                    });
                    TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                        @Override
                        public int getOrder() {
                            return Integer.MIN_VALUE;
                        }
                    });
                    mine.rename(id, "Bob");
                }))
                .hasMessage("on purpose");

        assertThat(here.has("users", id)).isFalse();
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

    // ---- Loads

    @ParameterizedTest
    @EnumSource(Read.class)
    void whatATransactionLoadsIsStoredAfterItsCommit(Read read) {
        mine.write(id, "Ann");

        run(transaction(), () -> {
            assertThat(read.find(mine, id)).isEqualTo("Ann");
            assertThat(here.has("users", id)).isFalse();
        });

        assertThat(here.has("users", id)).isTrue();
        assertThat(here.hasNoLease("users", id)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Read.class)
    void anUncommittedValueIsNotCachedAfterARollback(Read read) {
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
    @EnumSource(Read.class)
    void anUncommittedValueIsSharedWithNobody(Read read) {
        mine.write(id, "Ann");

        runAndRollBack(() -> {
            mine.write(id, "Bob");
            assertThat(read.find(mine, id)).isEqualTo("Bob");
            assertThat(elsewhere(() -> read.find(mine, id))).isEqualTo("Ann");
        });
    }

    @ParameterizedTest
    @EnumSource(Read.class)
    void anUncommittedValueIsNotCachedAfterARollbackToASavepoint(Read read) {
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
    @EnumSource(Read.class)
    void aSnapshotThatIsOlderThanTheLeaseStoresNothing(Read read) {
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
    @EnumSource(Read.class)
    void aReadOnlySnapshotThatIsOlderThanTheLeaseStoresNothing(Read read) {
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

    @ParameterizedTest
    @EnumSource(Read.class)
    void whatAReadOnlyTransactionLoadsIsStoredAtOnce(Read read) {
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
    void aWriteThroughThatIsEvictedInTheSameTransactionIsNotCached() {
        run(transaction(), () -> {
            mine.putThrough(id, "Ann");
            here.cache("written").evict(id);
        });

        assertThat(here.has("written", id)).isFalse();
    }

    @Test
    void anEvictionOfATransactionThatCommitsWithinOneThatRollsBackIsNotLost() {
        cachedInBoth("Ann");
        TransactionTemplate second = new TransactionTemplate(here.bean(SecondManager.class));

        runAndRollBack(() -> run(second, () -> {
            elsewhere(() -> {
                mine.write(id, "Bob"); // as the second one's commit does
                return id;
            });
            here.cache("users").evict(id);
        }));

        assertThat(mine.find(id)).isEqualTo("Bob");
    }
}
