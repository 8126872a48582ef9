package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.ClassUtils;

/** The transactions of Spring's transaction managers, as the caches of one manager take part in them. Only loaded if spring-tx is there. */
public final class SpringTransactions implements Transactions {

    private static final boolean HAS_REACTOR =
            ClassUtils.isPresent("reactor.core.publisher.Flux", SpringTransactions.class.getClassLoader());

    private final Supplier<Stream<CacheRegion>> caches;
    private final EvictionPublishing publishing;
    private final boolean throwsFaults;
    private final @Nullable ReactiveTransactions reactive;

    /** By which the transaction that was suspended last is bound to its thread. */
    private final Object suspended = new Object();

    /** How many threads are outside of a transaction as Spring says, but may be within one. */
    private final AtomicInteger outside = new AtomicInteger();

    private SpringTransactions(
            Supplier<Stream<CacheRegion>> caches, Counts counts, boolean throwsFaults, Executor executor) {
        this.caches = caches;
        this.publishing = new EvictionPublishing(counts);
        this.throwsFaults = throwsFaults;
        this.reactive = HAS_REACTOR ? new ReactiveTransactions(publishing, throwsFaults, executor) : null;
    }

    /**
     * Returns the transactions of these caches.
     *
     * @param caches returns those that are open, at any time
     * @param executor runs what blocks after the commit of a reactive transaction
     */
    public static Transactions of(
            Supplier<Stream<CacheRegion>> caches, Counts counts, boolean throwsFaults, Executor executor) {
        return new SpringTransactions(caches, counts, throwsFaults, executor);
    }

    /** Returns those that live in Reactor contexts; null without Reactor. */
    @Nullable
    public ReactiveTransactions reactive() {
        return reactive;
    }

    public static boolean isThreadInOne() {
        return TransactionSynchronizationManager.isActualTransactionActive();
    }

    /** Marks this moment in all caches. */
    public Map<CacheRegion, Mark> marks() {
        Map<CacheRegion, Mark> marks = new HashMap<>();
        caches.get().forEach(cache -> {
            Mark mark = cache.mark();
            if (mark != null) {
                marks.put(cache, mark);
            }
        });
        return marks;
    }

    /**
     * A transaction has begun on this thread.
     *
     * @param marks from before it began
     */
    public void begun(Object manager, Map<CacheRegion, Mark> marks) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            FreshetTransaction around = lastSuspended();
            if (around != null && around.isOfAnother(manager)) {
                setOpen(around, true); // nobody tells when the one that has begun ends, but when that one is resumed
            }
        } else if (bound() instanceof FreshetTransaction outer) {
            outer.changes().anotherBegan();
        } else if (TransactionSynchronizationManager.isActualTransactionActive()) {
            bind(manager, marks);
        }
    }

    /** The transaction of this thread is about to be committed. */
    public void committing() {
        if (bound() instanceof FreshetTransaction bound) {
            bound.changes().committing();
        }
    }

    private FreshetTransaction bind(@Nullable Object manager, Map<CacheRegion, Mark> marks) {
        FreshetTransaction around = lastSuspended();
        while (around != null && !around.isOfAnother(manager)) {
            around = around.suspendedBefore();
        }
        FreshetTransaction begun = new FreshetTransaction(
                this,
                manager,
                new TransactionChanges(
                        marks,
                        TransactionSynchronizationManager.isCurrentTransactionReadOnly(),
                        around == null ? null : around.changes()),
                publishing,
                throwsFaults);
        TransactionSynchronizationManager.bindResource(this, begun);
        TransactionSynchronizationManager.registerSynchronization(begun);
        return begun;
    }

    // ---- What is bound to this thread

    private @Nullable Object bound() {
        return TransactionSynchronizationManager.getResource(this);
    }

    private @Nullable FreshetTransaction lastSuspended() {
        return (FreshetTransaction) TransactionSynchronizationManager.getResource(suspended);
    }

    /** Returns what was suspended last before this one. */
    @Nullable
    FreshetTransaction suspended(FreshetTransaction transaction) {
        TransactionSynchronizationManager.unbindResourceIfPossible(this);
        FreshetTransaction before =
                (FreshetTransaction) TransactionSynchronizationManager.unbindResourceIfPossible(suspended);
        TransactionSynchronizationManager.bindResource(suspended, transaction);
        setOpen(transaction, transaction.changes().outer() != null);
        return before;
    }

    /**
     * A transaction goes on.
     *
     * @param before what was suspended last before this one; null: nothing was
     */
    void resumed(FreshetTransaction transaction, @Nullable FreshetTransaction before) {
        setOpen(transaction, false);
        TransactionSynchronizationManager.unbindResourceIfPossible(suspended);
        if (before != null) {
            TransactionSynchronizationManager.bindResource(suspended, before);
        }
        TransactionSynchronizationManager.bindResource(this, transaction);
    }

    void ended() {
        TransactionSynchronizationManager.unbindResourceIfPossible(this);
    }

    /** Sets whether the database of one that is suspended, or of one around it, may be read and written meanwhile. */
    private void setOpen(FreshetTransaction transaction, boolean isOpen) {
        if (transaction.setOpen(isOpen)) {
            outside.addAndGet(isOpen ? 1 : -1);
        }
    }

    private @Nullable TransactionChanges around() {
        FreshetTransaction around = lastSuspended();
        return around == null ? null : around.changes();
    }

    @Override
    public @Nullable CurrentTransaction current(Subscribed subscribed) {
        return reactive == null ? null : subscribed.transactionOf(reactive);
    }

    @Override
    public @Nullable CurrentTransaction current() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            return outside.get() == 0 ? null : outside();
        }
        if (bound() instanceof FreshetTransaction bound) {
            return bound.changes();
        }
        // Begun without a mark, or over and not yet cleaned up.
        return TransactionSynchronizationManager.isSynchronizationActive()
                ? bind(null, Map.of()).changes()
                : OutsideTransaction.within(around());
    }

    private @Nullable CurrentTransaction outside() {
        FreshetTransaction around = lastSuspended();
        return around == null || !around.isOpen() ? null : OutsideTransaction.within(around.changes());
    }
}
