package dev.freshet.spring;

import dev.freshet.cache.Mark;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * One transaction: the marks from before it, and what waits for its end. Evictions are published after the commit, before other callbacks
 * run; then what was loaded is stored, unless it was evicted. A rollback drops both.
 */
final class FreshetTransaction implements TransactionSynchronization, CurrentTransaction {

    private static final Logger LOG = LoggerFactory.getLogger(FreshetTransaction.class);

    /** Beyond this, what is loaded within one transaction is not stored. */
    private static final int MAX_STORES = 10_000;

    private enum State {
        ACTIVE,
        COMMITTED,
        ROLLED_BACK
    }

    private final Object resource;
    private final Map<CacheRegion, Mark> marks;
    private final boolean isReadOnly;
    private final EvictionPublishing publishing;
    private final EvictionFailure evictionFailure;

    // Guarded by this. The work is done without it.
    private State state = State.ACTIVE;
    private boolean isOneOfSeveral;
    private boolean isCommitTried;
    private Map<CacheRegion, EvictionSet> evictions = new LinkedHashMap<>();
    private List<PendingStore> stores = new ArrayList<>();

    FreshetTransaction(
            Object resource,
            Map<CacheRegion, Mark> marks,
            boolean isReadOnly,
            EvictionPublishing publishing,
            EvictionFailure evictionFailure) {
        this.resource = resource;
        this.marks = marks;
        this.isReadOnly = isReadOnly;
        this.publishing = publishing;
        this.evictionFailure = evictionFailure;
    }

    /** First, so that other callbacks after the commit read nothing old. */
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    /** Another manager's transaction began within this one. It may commit although this one rolls back. */
    synchronized void anotherBegan() {
        isOneOfSeveral = true;
    }

    /** The commit begins. If it fails, the database may have committed, although Spring may call that a rollback. */
    synchronized void committing() {
        isCommitTried = true;
    }

    // ---- What callers ask

    @Override
    public synchronized boolean isReadOnly() {
        return isReadOnly && !isOneOfSeveral;
    }

    @Override
    public @Nullable Mark markOf(CacheRegion cache) {
        return marks.get(cache);
    }

    @Override
    public synchronized boolean hides(CacheRegion cache, String key, boolean hasTags) {
        EvictionSet waiting = evictions.get(cache);
        return waiting != null && waiting.concerns(key, hasTags);
    }

    @Override
    public boolean defer(CacheRegion cache, Eviction eviction) {
        return defer(cache, (EvictionSet waiting) -> waiting.add(eviction));
    }

    @Override
    public boolean defer(CacheRegion cache, Written written) {
        return defer(cache, (EvictionSet waiting) -> waiting.add(written));
    }

    private synchronized boolean defer(CacheRegion cache, Consumer<EvictionSet> change) {
        if (state == State.ACTIVE) {
            change.accept(evictions.computeIfAbsent(cache, added -> new EvictionSet()));
        }
        return state != State.COMMITTED;
    }

    @Override
    public void storeAfterCommit(PendingStore store) {
        State now;
        synchronized (this) {
            now = state;
            if (now == State.ACTIVE) {
                if (stores.size() < MAX_STORES) {
                    stores.add(store);
                    return;
                }
                now = State.ROLLED_BACK;
            }
        }
        if (now == State.COMMITTED) {
            store.store();
        } else {
            store.drop();
        }
    }

    // ---- What the transaction manager says

    @Override
    public void suspend() {
        TransactionSynchronizationManager.unbindResourceIfPossible(resource);
    }

    @Override
    public void resume() {
        TransactionSynchronizationManager.bindResource(resource, this);
    }

    /** What was loaded may have been changed since the savepoint, and is not any more. */
    @Override
    public void savepointRollback(Object savepoint) {
        List<PendingStore> dropped;
        synchronized (this) {
            dropped = stores;
            stores = new ArrayList<>();
        }
        dropped.forEach(PendingStore::drop);
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
            rolledBack(status == STATUS_UNKNOWN);
        }
    }

    private @Nullable RuntimeException committed() {
        Map<CacheRegion, EvictionSet> toEvict;
        List<PendingStore> toStore;
        synchronized (this) {
            state = State.COMMITTED;
            toEvict = evictions;
            toStore = stores;
            evictions = new LinkedHashMap<>();
            stores = new ArrayList<>();
        }
        RuntimeException fault = publishing.publish(toEvict);
        for (PendingStore store : toStore) {
            try {
                store.store();
            } catch (RuntimeException refused) {
                LOG.warn("{}: what a transaction loaded is not stored", store.stores(), refused);
            }
        }
        return fault;
    }

    private void rolledBack(boolean mayHaveCommitted) {
        Map<CacheRegion, EvictionSet> toEvict;
        List<PendingStore> dropped;
        boolean publishes;
        synchronized (this) {
            publishes = mayHaveCommitted || isCommitTried || isOneOfSeveral;
            state = publishes ? State.COMMITTED : State.ROLLED_BACK;
            toEvict = evictions;
            dropped = stores;
            evictions = new LinkedHashMap<>();
            stores = new ArrayList<>();
        }
        dropped.forEach(PendingStore::drop);
        if (publishes) {
            toEvict.forEach((cache, set) -> set.forgetWritten());
            publishing.publish(toEvict);
        }
    }
}
