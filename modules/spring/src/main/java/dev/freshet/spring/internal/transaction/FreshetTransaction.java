package dev.freshet.spring.internal.transaction;

import org.jspecify.annotations.Nullable;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.support.TransactionSynchronization;

/**
 * A transaction of a thread. Evictions are published after the commit, before other callbacks run; then what was loaded is stored, unless it
 * was evicted. A rollback drops both.
 */
public final class FreshetTransaction implements TransactionSynchronization, PriorityOrdered {

    private final SpringTransactions transactions;
    private final @Nullable Object manager;
    private final TransactionChanges changes;
    private final EvictionPublishing publishing;
    private final boolean throwsFaults;

    /** That which was suspended last when this one was; only known while this one is suspended. */
    private @Nullable FreshetTransaction suspendedBefore;

    private boolean isOpen;

    /** @param manager whose transaction it is; null: not known */
    FreshetTransaction(
            SpringTransactions transactions,
            @Nullable Object manager,
            TransactionChanges changes,
            EvictionPublishing publishing,
            boolean throwsFaults) {
        this.transactions = transactions;
        this.manager = manager;
        this.changes = changes;
        this.publishing = publishing;
        this.throwsFaults = throwsFaults;
    }

    TransactionChanges changes() {
        return changes;
    }

    /** First, so that other callbacks after the commit read nothing old. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    /** Whether a transaction of this manager leaves this one open when it begins: another manager's connection is not its own. */
    boolean isOfAnother(@Nullable Object thanManager) {
        return manager == null || manager != thanManager;
    }

    @Nullable
    FreshetTransaction suspendedBefore() {
        return suspendedBefore;
    }

    /** Whether its database, or that of one around it, may be read and written although this one is suspended. */
    boolean isOpen() {
        return isOpen;
    }

    /** Returns whether that is new. */
    boolean setOpen(boolean isOpen) {
        boolean isNew = this.isOpen != isOpen;
        this.isOpen = isOpen;
        return isNew;
    }

    /** Called too when a transaction of another manager begins. */
    @Override
    public void suspend() {
        changes.suspended();
        suspendedBefore = transactions.suspended(this);
    }

    @Override
    public void resume() {
        transactions.resumed(this, suspendedBefore);
        suspendedBefore = null;
    }

    @Override
    public void savepointRollback(Object savepoint) {
        changes.dropStores();
    }

    @Override
    public void afterCommit() {
        RuntimeException fault = committed();
        if (fault != null && throwsFaults) {
            throw fault;
        }
    }

    /** Also called if another callback threw before {@link #afterCommit}. */
    @Override
    public void afterCompletion(int status) {
        transactions.ended();
        if (status == STATUS_COMMITTED) {
            committed();
        } else {
            publishing.publish(changes.rolledBack(status == STATUS_UNKNOWN));
        }
    }

    private @Nullable RuntimeException committed() {
        TransactionChanges.Due due = changes.committed();
        RuntimeException fault = publishing.publish(due.evictions());
        due.store();
        return fault;
    }
}
