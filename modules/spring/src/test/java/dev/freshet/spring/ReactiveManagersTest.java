package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.freshet.spring.internal.transaction.Counts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Mono;

/** Transactions of several managers, and of managers that show nothing of theirs. */
class ReactiveManagersTest extends ReactiveBank {

    /** Its object for a transaction refers to nothing that it binds. */
    private static final class Opaque extends AbstractReactiveTransactionManager {
        private static final long serialVersionUID = 1L;

        @Override
        protected Object doGetTransaction(TransactionSynchronizationManager context) {
            return new Object();
        }

        @Override
        protected Mono<Void> doBegin(
                TransactionSynchronizationManager context, Object transaction, TransactionDefinition definition) {
            return then(() -> context.bindResource(this, new Object()));
        }

        @Override
        protected Mono<Void> doCommit(TransactionSynchronizationManager context, GenericReactiveTransaction status) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> doRollback(TransactionSynchronizationManager context, GenericReactiveTransaction status) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> doCleanupAfterCompletion(TransactionSynchronizationManager context, Object transaction) {
            return then(() -> context.unbindResource(this));
        }
    }

    @Test
    void ofAManagerThatShowsNothingNoLoadIsStoredWhichIsCountedAndLoggedOnce() {
        mine.write(id, "Ann").block();
        long before = here.manager().stats().untrackedLoads();
        TransactionalOperator opaque = heard(new Opaque());
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(Counts.class);
        Level level = logger.getLevel();
        logger.setLevel(Level.WARN);
        logger.addAppender(log);
        try {
            for (ReactiveAccountRead read : ReactiveAccountRead.values()) {
                assertThat(got(opaque.transactional(read.find(mine, id)))).isEqualTo("Ann");
                assertThat(has(read.cache())).isFalse();
                assertThat(here.hasNoLease(read.cache(), id)).isTrue();
            }
        } finally {
            logger.detachAppender(log);
            logger.setLevel(level);
        }

        assertThat(here.manager().stats().untrackedLoads()).isEqualTo(before + ReactiveAccountRead.values().length);
        assertThat(log.list).singleElement().satisfies(event -> assertThat(event.getFormattedMessage())
                .startsWith("FreshetCache[")
                .contains("was not cached", "ConfigurableTransactionManager"));
    }

    @Test
    void ofAManagerThatShowsNothingEvictionsWaitForTheCommit() {
        cachedInBoth("Ann");

        got(heard(new Opaque())
                .transactional(mine.rename(id, "Bob")
                        .then(then(() -> assertThat(has("users")).isTrue()))
                        .thenReturn("done")));

        assertThat(got(mine.find(id))).isEqualTo("Bob");
        await().untilAsserted(() -> assertThat(got(others.find(id))).isEqualTo("Bob"));
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void anInnerTransactionOfAnotherDatabaseStoresNoOldSnapshotOfTheOuterOne(ReactiveAccountRead read) {
        TransactionalOperator another = heard(new R2dbcTransactionManager(connections()));
        mine.write(id, "Ann").block();
        for (int round = 0; round < 8; round++) { // which of the two is met first is not the same each time
            String before = got(mine.read(id));
            snapshot(false)
                    .transactional(mine.read(id)
                            .then(elsewhere(mine.rename(id, before + "y")))
                            .then(another.transactional(read.find(mine, id)))
                            .doOnNext(found -> assertThat(found).isEqualTo(before)))
                    .block();

            assertThat(has(read.cache())).isFalse();
        }
    }
}
