package dev.freshet.spring;

import dev.freshet.cache.Mark;
import dev.freshet.spring.internal.transaction.CacheRegion;
import dev.freshet.spring.internal.transaction.ReactiveTransactions;
import dev.freshet.spring.internal.transaction.SpringTransactions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;

/**
 * Takes marks of all caches before a transaction begins: listens to each transaction manager of the application context. Only loaded if
 * spring-tx is there.
 */
final class TransactionMarks implements BeanPostProcessor {

    /** Marks from before the transaction that this thread is beginning. */
    private static final ThreadLocal<@Nullable Map<SpringTransactions, Map<CacheRegion, Mark>>> BEGINNING =
            new ThreadLocal<>();

    private final List<SpringTransactions> all = new CopyOnWriteArrayList<>();

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        if (bean instanceof FreshetCacheManager manager && manager.transactions() instanceof SpringTransactions ours) {
            all.add(ours);
        }
        if (bean instanceof ConfigurableTransactionManager manager) {
            listenTo(manager);
        }
        return bean;
    }

    void listenTo(ConfigurableTransactionManager manager) {
        manager.addListener(new Listener(manager));
    }

    private void forReactive(BiConsumer<ReactiveTransactions, SpringTransactions> action) {
        for (SpringTransactions ours : all) {
            ReactiveTransactions reactive = ours.reactive();
            if (reactive != null) {
                action.accept(reactive, ours);
            }
        }
    }

    /** Knows whose transactions they are. */
    private final class Listener implements TransactionExecutionListener {

        private final ConfigurableTransactionManager manager;

        Listener(ConfigurableTransactionManager manager) {
            this.manager = manager;
        }

        @Override
        public void beforeBegin(TransactionExecution transaction) {
            if (transaction instanceof TransactionStatus) {
                Map<SpringTransactions, Map<CacheRegion, Mark>> marks = new HashMap<>();
                all.forEach(ours -> marks.put(ours, ours.marks()));
                BEGINNING.set(marks);
            } else {
                forReactive((reactive, ours) -> reactive.beginning(transaction, ours.marks()));
            }
        }

        @Override
        public void beforeCommit(TransactionExecution transaction) {
            if (!(transaction instanceof TransactionStatus)) {
                forReactive((reactive, ours) -> reactive.committing(transaction));
            } else if (transaction.isNewTransaction()) {
                all.forEach(SpringTransactions::committing);
            }
        }

        @Override
        public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
            if (transaction instanceof TransactionStatus) {
                Map<SpringTransactions, Map<CacheRegion, Mark>> marks = BEGINNING.get();
                BEGINNING.remove();
                if (marks != null && beginFailure == null) {
                    marks.forEach((ours, before) -> ours.begun(manager, before));
                }
            } else if (beginFailure != null) {
                forReactive((reactive, ours) -> reactive.failed(transaction));
            }
        }

        @Override
        public void afterCommit(TransactionExecution transaction, @Nullable Throwable commitFailure) {
            if (!(transaction instanceof TransactionStatus)) {
                forReactive((reactive, ours) -> reactive.committed(transaction, commitFailure));
            }
        }

        @Override
        public void afterRollback(TransactionExecution transaction, @Nullable Throwable rollbackFailure) {
            if (!(transaction instanceof TransactionStatus)) {
                forReactive((reactive, ours) -> {
                    if (transaction.isNested()) {
                        reactive.rolledBackToSavepoint(transaction);
                    }
                    reactive.rolledBack(transaction, rollbackFailure);
                });
            }
        }
    }
}
