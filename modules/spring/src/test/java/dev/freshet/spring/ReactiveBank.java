package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.PostgresServer;
import io.r2dbc.spi.ConnectionFactories;
import io.r2dbc.spi.ConnectionFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import reactor.core.publisher.Mono;

/** What tests of caches within reactive transactions need: a real PostgreSQL, and two replicas that use it. Each test has its own row. */
abstract class ReactiveBank {

    private static final AtomicInteger IDS = new AtomicInteger();
    private static final Duration LONG = Duration.ofMinutes(1);

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
    final ReactiveAccounts mine = here.bean(ReactiveAccounts.class);
    final ReactiveAccounts others = REPLICAS.there().bean(ReactiveAccounts.class);
    final ReactiveTransfers transfers = here.bean(ReactiveTransfers.class);

    private static void startDatabase() throws SQLException {
        postgres = PostgresServer.start();
        postgres.execute("CREATE TABLE account (id text PRIMARY KEY, name text)");
    }

    @AfterAll
    static void stopDatabase() {
        postgres.close();
    }

    static ConnectionFactory connections() {
        return ConnectionFactories.get(
                "r2dbc:postgresql://freshet@" + postgres.host() + ":" + postgres.port() + "/postgres");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableTransactionManagement
    static class Database {

        @Bean
        ConnectionFactory connectionFactory() {
            return connections();
        }

        @Bean
        ReactiveTransactionManager transactionManager(ConnectionFactory connections) {
            return new R2dbcTransactionManager(connections);
        }

        @Bean
        ReactiveAccounts accounts(ConnectionFactory connections) {
            return new ReactiveAccounts(DatabaseClient.create(connections));
        }

        @Bean
        ReactiveTransfers transfers() {
            return new ReactiveTransfers();
        }
    }

    final TransactionalOperator transaction() {
        return TransactionalOperator.create(here.bean(ReactiveTransactionManager.class));
    }

    final TransactionalOperator snapshot(boolean isReadOnly) {
        DefaultTransactionDefinition definition = new DefaultTransactionDefinition();
        definition.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        definition.setReadOnly(isReadOnly);
        return TransactionalOperator.create(here.bean(ReactiveTransactionManager.class), definition);
    }

    /** Of another manager, to whose transactions caches listen. */
    final TransactionalOperator heard(AbstractReactiveTransactionManager manager) {
        return heard(manager, TransactionDefinition.PROPAGATION_REQUIRED);
    }

    final TransactionalOperator heard(AbstractReactiveTransactionManager manager, int propagation) {
        here.bean(TransactionMarks.class).listenTo(manager);
        return TransactionalOperator.create(manager, new DefaultTransactionDefinition(propagation));
    }

    /** What rolls a transaction back. */
    static final class RolledBack extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    final void runAndRollBack(Mono<?> work) {
        assertThat(got(transaction()
                        .transactional(work.then(Mono.error(new RolledBack())))
                        .onErrorResume(RolledBack.class, rolledBack -> Mono.just("rolled back"))))
                .isEqualTo("rolled back");
    }

    final void run(Mono<?> work) {
        transaction().transactional(work).block(LONG);
    }

    static <T> T got(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(LONG));
    }

    /** Subscribes without the transaction: as another request would, while this one waits for the answer. */
    static <T> Mono<T> elsewhere(Mono<T> work) {
        return Mono.fromFuture(() -> work.toFuture());
    }

    static <T> @Nullable T joined(CompletableFuture<T> future) {
        return future.orTimeout(1, TimeUnit.MINUTES).join();
    }

    /** Looks, when it is subscribed to. */
    static Mono<Void> then(Runnable look) {
        return Mono.fromRunnable(look);
    }

    final boolean has(String cache) {
        return here.has(cache, id);
    }

    final void cachedInBoth(String name) {
        mine.write(id, name).block(LONG);
        for (ReactiveAccounts accounts : new ReactiveAccounts[] {mine, others}) {
            assertThat(got(accounts.find(id))).isEqualTo(name);
            assertThat(got(accounts.findAll(id).single())).isEqualTo(name);
        }
    }
}
