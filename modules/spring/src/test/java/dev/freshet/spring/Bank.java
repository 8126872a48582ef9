package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.PostgresServer;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** What tests of caches within transactions need: a real PostgreSQL, and two replicas that use it. Each test has its own row. */
abstract class Bank {

    private static final AtomicInteger IDS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static PostgresServer postgres;

    @RegisterExtension
    @Order(1)
    static final BeforeAllCallback DATABASE = context -> startDatabase();

    @RegisterExtension
    @Order(2)
    static final TwoReplicas REPLICAS = new TwoReplicas(null, Database.class);

    final String id = "account:" + IDS.incrementAndGet() + ";";
    final Replica here = REPLICAS.here();
    final Accounts mine = here.bean(Accounts.class);
    final Accounts others = REPLICAS.there().bean(Accounts.class);

    private static void startDatabase() throws SQLException {
        postgres = PostgresServer.start();
        postgres.execute("CREATE TABLE account (id text PRIMARY KEY, name text)");
    }

    @AfterAll
    static void stopDatabase() {
        postgres.close();
    }

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
        Accounts accounts(DataSource dataSource, FreshetCacheManager caches) {
            return new Accounts(new JdbcTemplate(dataSource), caches);
        }
    }

    /** Of another database, as far as Spring knows. */
    static class SecondManager extends DataSourceTransactionManager {
        private static final long serialVersionUID = 1L;

        SecondManager() {
            super(new DriverManagerDataSource(postgres.uri()));
        }
    }

    final TransactionTemplate transaction() {
        return new TransactionTemplate(here.bean(PlatformTransactionManager.class));
    }

    final TransactionTemplate snapshot() {
        TransactionTemplate transaction = transaction();
        transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        return transaction;
    }

    final TransactionTemplate readOnly() {
        TransactionTemplate transaction = snapshot();
        transaction.setReadOnly(true);
        return transaction;
    }

    /** Of the other manager. */
    final TransactionTemplate second() {
        return new TransactionTemplate(here.bean(SecondManager.class));
    }

    final TransactionTemplate with(int propagation, TransactionTemplate transaction) {
        transaction.setPropagationBehavior(propagation);
        return transaction;
    }

    final void run(TransactionTemplate transaction, Runnable work) {
        transaction.executeWithoutResult(status -> work.run());
    }

    final void runAndRollBack(Runnable work) {
        transaction().executeWithoutResult(status -> {
            work.run();
            status.setRollbackOnly();
        });
    }

    /** What a read elsewhere, outside of the transaction, would be told. */
    final <T> T elsewhere(Supplier<T> read) {
        return CompletableFuture.supplyAsync(read, here.threads()).join();
    }

    final void cachedInBoth(String name) {
        mine.write(id, name);
        assertThat(mine.find(id)).isEqualTo(name);
        assertThat(others.find(id)).isEqualTo(name);
    }
}
