package dev.freshet.spring;

import dev.freshet.cache.Mark;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** The transactions of Spring's transaction managers, as the caches of one manager take part in them. Only loaded if spring-tx is there. */
final class SpringTransactions implements Transactions {

    private final Collection<FreshetCache> caches;
    private final EvictionPublishing publishing;
    private final EvictionFailure evictionFailure;
    private final @Nullable ReactiveTransactions reactive;

    private SpringTransactions(
            Collection<FreshetCache> caches, Counts counts, EvictionFailure evictionFailure, Executor executor) {
        this.caches = caches;
        this.publishing = new EvictionPublishing(counts);
        this.evictionFailure = evictionFailure;
        this.reactive =
                LateResults.HAS_REACTOR ? new ReactiveTransactions(publishing, evictionFailure, executor) : null;
    }

    /**
     * @param caches those that are open, at any time
     * @param executor runs what blocks after the commit of a reactive transaction
     */
    static Transactions of(
            Collection<FreshetCache> caches, Counts counts, EvictionFailure evictionFailure, Executor executor) {
        return new SpringTransactions(caches, counts, evictionFailure, executor);
    }

    /** Returns those that live in Reactor contexts; null without Reactor. */
    @Nullable
    ReactiveTransactions reactive() {
        return reactive;
    }

    static boolean isThreadInOne() {
        return TransactionSynchronizationManager.isActualTransactionActive();
    }

    /** Marks this moment in all caches. */
    Map<CacheRegion, Mark> marks() {
        Map<CacheRegion, Mark> marks = new HashMap<>();
        for (FreshetCache cache : caches) {
            Mark mark = cache.own().mark();
            if (mark != null) {
                marks.put(cache.own(), mark);
            }
        }
        return marks;
    }

    /**
     * A transaction has begun on this thread.
     *
     * @param marks from before it began
     */
    void begun(Map<CacheRegion, Mark> marks) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            return;
        }
        if (TransactionSynchronizationManager.getResource(this) instanceof FreshetTransaction outer) {
            outer.changes().anotherBegan();
        } else if (TransactionSynchronizationManager.isActualTransactionActive()) {
            bind(marks);
        }
    }

    /** The transaction of this thread is about to be committed. */
    void committing() {
        if (TransactionSynchronizationManager.getResource(this) instanceof FreshetTransaction bound) {
            bound.changes().committing();
        }
    }

    private FreshetTransaction bind(Map<CacheRegion, Mark> marks) {
        FreshetTransaction begun = new FreshetTransaction(
                this,
                new TransactionChanges(marks, TransactionSynchronizationManager.isCurrentTransactionReadOnly()),
                publishing,
                evictionFailure);
        TransactionSynchronizationManager.bindResource(this, begun);
        TransactionSynchronizationManager.registerSynchronization(begun);
        return begun;
    }

    @Override
    public @Nullable CurrentTransaction current(Subscribed subscribed) {
        return reactive == null ? null : subscribed.transactionOf(reactive);
    }

    @Override
    public @Nullable CurrentTransaction current() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            return null;
        }
        if (TransactionSynchronizationManager.getResource(this) instanceof FreshetTransaction bound) {
            return bound.changes();
        }
        // Begun without a mark, or over and not yet cleaned up.
        return TransactionSynchronizationManager.isSynchronizationActive()
                ? bind(Map.of()).changes()
                : EndedTransaction.INSTANCE;
    }
}
