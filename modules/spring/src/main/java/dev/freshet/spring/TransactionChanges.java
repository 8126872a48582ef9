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

/** One transaction, of a thread or of a Reactor context: the marks from before it, and what waits for its end. Safe to use from any thread. */
final class TransactionChanges implements CurrentTransaction {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionChanges.class);

    /** Beyond this, what is loaded within one transaction is not stored. */
    private static final int MAX_STORES = 10_000;

    private enum State {
        ACTIVE,
        COMMITTED,
        ROLLED_BACK
    }

    /** What a commit makes due: the evictions first, so that nobody reads what is older. */
    record Due(Map<CacheRegion, EvictionSet> evictions, List<PendingStore> stores) {

        void store() {
            for (PendingStore store : stores) {
                try {
                    store.store();
                } catch (RuntimeException refused) {
                    LOG.warn("{}: what a transaction loaded is not stored", store.stores(), refused);
                }
            }
        }
    }

    private final Map<CacheRegion, Mark> marks;
    private final boolean isReadOnly;

    // Guarded by this. The work is done without it.
    private State state = State.ACTIVE;
    private boolean isOneOfSeveral;
    private boolean isCommitTried;
    private Map<CacheRegion, EvictionSet> evictions = new LinkedHashMap<>();
    private List<PendingStore> stores = new ArrayList<>();

    TransactionChanges(Map<CacheRegion, Mark> marks, boolean isReadOnly) {
        this.marks = marks;
        this.isReadOnly = isReadOnly;
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

    // ---- What becomes of it

    /** A savepoint was rolled back: what was loaded may have been changed since it, and is not any more. */
    void dropStores() {
        List<PendingStore> dropped;
        synchronized (this) {
            dropped = stores;
            stores = new ArrayList<>();
        }
        dropped.forEach(PendingStore::drop);
    }

    /** It has committed. Returns what is to be done; nothing, the second time. */
    synchronized Due committed() {
        state = State.COMMITTED;
        Due due = new Due(evictions, stores);
        evictions = new LinkedHashMap<>();
        stores = new ArrayList<>();
        return due;
    }

    /**
     * It has not committed, as far as its manager knows. Returns what is to be evicted all the same.
     *
     * @param mayHaveCommitted whether the manager does not know
     */
    Map<CacheRegion, EvictionSet> rolledBack(boolean mayHaveCommitted) {
        Map<CacheRegion, EvictionSet> toEvict;
        synchronized (this) {
            boolean publishes = mayHaveCommitted || isCommitTried || isOneOfSeveral;
            state = publishes ? State.COMMITTED : State.ROLLED_BACK;
            toEvict = publishes ? evictions : Map.of();
            evictions = new LinkedHashMap<>();
        }
        dropStores();
        toEvict.forEach((cache, set) -> set.forgetWritten());
        return toEvict;
    }
}
