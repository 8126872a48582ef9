package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction, of a thread or of a Reactor context: the marks from before it, and what waits for its end. Safe to use from any thread.
 *
 * <p>Within one of another database, that one's rows are read and written too, and are committed later. So loads count from its marks, what
 * it hides is hidden, and its commit is what stores wait for and what evicts once more.
 */
public final class TransactionChanges implements CurrentTransaction {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionChanges.class);

    /** Beyond this, what is loaded within one transaction is not stored. */
    private static final int MAX_STORES = 10_000;

    private enum State {
        ACTIVE,
        COMMITTED,
        ROLLED_BACK
    }

    /** What a commit makes due: the evictions first, so that nobody reads what is older. */
    record Due(
            Map<CacheRegion, EvictionSet> evictions,
            List<PendingStore> stores,
            @Nullable TransactionChanges outer) {

        void store() {
            for (PendingStore store : stores) {
                try {
                    if (outer == null) {
                        store.store();
                    } else {
                        outer.storeAfterCommit(store);
                    }
                } catch (RuntimeException refused) {
                    LOG.warn("{}: what a transaction loaded is not stored", store, refused);
                }
            }
        }
    }

    private final Map<CacheRegion, Mark> marks;
    private final boolean isReadOnly;

    /** That of another manager in which this one is; null if it is in none. */
    private final @Nullable TransactionChanges outer;

    // Guarded by this. The work is done without it.
    private State state = State.ACTIVE;
    private boolean isOneOfSeveral;
    private boolean isMixed;
    private boolean isCommitTried;
    private Map<CacheRegion, EvictionSet> evictions = new LinkedHashMap<>();
    private List<PendingStore> stores = new ArrayList<>();

    /**
     * @param marks from before it began
     * @param outer the innermost one around it of another manager; null: there is none
     */
    TransactionChanges(Map<CacheRegion, Mark> marks, boolean isReadOnly, @Nullable TransactionChanges outer) {
        this.marks = marks;
        this.isReadOnly = isReadOnly;
        this.outer = outer;
    }

    @Nullable
    TransactionChanges outer() {
        return outer;
    }

    /** What its caller does now is not part of it, and may be committed although this one rolls back. */
    void suspended() {
        synchronized (this) {
            isOneOfSeveral = true;
        }
        if (outer != null) {
            outer.suspended();
        }
    }

    /** Another one began within this one, which goes on for its caller. */
    void anotherBegan() {
        synchronized (this) {
            isMixed = true;
        }
        suspended();
    }

    /** The commit begins. If it fails, the database may have committed, although Spring may call that a rollback. */
    synchronized void committing() {
        isCommitTried = true;
    }

    // ---- What callers ask

    @Override
    public boolean isReadOnly() {
        synchronized (this) {
            if (!isReadOnly || isMixed) {
                return false;
            }
        }
        return outer == null || outer.isReadOnly();
    }

    @Override
    public boolean isOneOfSeveral() {
        synchronized (this) {
            return isOneOfSeveral || outer != null;
        }
    }

    /** That of the outermost one is the oldest. */
    @Override
    public @Nullable Mark markOf(CacheRegion cache) {
        return outer == null || !marks.containsKey(cache) ? marks.get(cache) : outer.markOf(cache);
    }

    @Override
    public boolean hides(CacheRegion cache, String key, boolean hasTags) {
        synchronized (this) {
            EvictionSet waiting = evictions.get(cache);
            if (waiting != null && waiting.concerns(key, hasTags)) {
                return true;
            }
        }
        return outer != null && outer.hides(cache, key, hasTags);
    }

    @Override
    public boolean defer(CacheRegion cache, Eviction eviction) {
        if (outer != null) {
            outer.defer(cache, eviction); // what it is about may be written there, however this one ends
        }
        return defer(cache, (EvictionSet waiting) -> waiting.add(eviction));
    }

    @Override
    public boolean defer(CacheRegion cache, Written written) {
        return defer(cache, (EvictionSet waiting) -> waiting.add(written));
    }

    private synchronized boolean defer(CacheRegion cache, Consumer<EvictionSet> change) {
        if (state == State.ACTIVE) {
            change.accept(evictions.computeIfAbsent(cache, added -> new EvictionSet()));
            return !isOneOfSeveral; // it may be about what is committed already
        }
        return state == State.ROLLED_BACK;
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
        if (now == State.COMMITTED && outer != null) {
            outer.storeAfterCommit(store);
        } else if (now == State.COMMITTED) {
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
        Due due = new Due(evictions, stores, outer);
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
