package dev.freshet.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A transaction of a thread. Evictions are published after the commit, before other callbacks run; then what was loaded is stored, unless it
 * was evicted. A rollback drops both.
 */
final class FreshetTransaction implements TransactionSynchronization {

    private final Object resource;
    private final TransactionChanges changes;
    private final EvictionPublishing publishing;
    private final EvictionFailure evictionFailure;

    FreshetTransaction(
            Object resource,
            TransactionChanges changes,
            EvictionPublishing publishing,
            EvictionFailure evictionFailure) {
        this.resource = resource;
        this.changes = changes;
        this.publishing = publishing;
        this.evictionFailure = evictionFailure;
    }

    TransactionChanges changes() {
        return changes;
    }

    /** First, so that other callbacks after the commit read nothing old. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public void suspend() {
        TransactionSynchronizationManager.unbindResourceIfPossible(resource);
    }

    @Override
    public void resume() {
        TransactionSynchronizationManager.bindResource(resource, this);
    }

    @Override
    public void savepointRollback(Object savepoint) {
        changes.dropStores();
    }

    @Override
    public void afterCommit() {
        RuntimeException fault = committed();
        if (fault != null && evictionFailure == EvictionFailure.THROW) {
            throw fault;
        }
    }

    /** Also called if another callback threw before {@link #afterCommit}. */
    @Override
    public void afterCompletion(int status) {
        TransactionSynchronizationManager.unbindResourceIfPossible(resource);
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
