package dev.freshet.spring;

import dev.freshet.cache.Mark;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.util.ReflectionUtils;
import reactor.util.context.ContextView;

/**
 * The transactions of reactive transaction managers, which live in the Reactor context. Only loaded if spring-tx and Reactor are there.
 *
 * <p>A manager's listener hears when a transaction begins, but not in which context. So a context's transaction is found by what its
 * manager bound there, such as the connection: the manager's object for the transaction refers to it too. Of a transaction that is not found no
 * mark is known, and nothing that it reads is stored.
 */
final class ReactiveTransactions {

    /** A transaction that has begun, or is about to. */
    private static final class Open {
        private final Map<CacheRegion, Mark> marks;
        private @Nullable TransactionChanges changes;

        Open(Map<CacheRegion, Mark> marks) {
            this.marks = marks;
        }
    }

    private final EvictionPublishing publishing;
    private final EvictionFailure evictionFailure;
    private final Executor executor;

    /** Weak: one that is cancelled while it begins never ends. Guarded by itself. */
    private final Map<TransactionExecution, Open> open = new WeakHashMap<>();

    private final Map<Class<?>, List<Field>> fields = new ConcurrentHashMap<>();

    /** @param executor runs what blocks after a commit */
    ReactiveTransactions(EvictionPublishing publishing, EvictionFailure evictionFailure, Executor executor) {
        this.publishing = publishing;
        this.evictionFailure = evictionFailure;
        this.executor = executor;
    }

    // ---- What transaction managers say

    /** @param marks from before it begins */
    void beginning(TransactionExecution transaction, Map<CacheRegion, Mark> marks) {
        synchronized (open) {
            open.put(transaction, new Open(marks));
        }
    }

    void committing(TransactionExecution transaction) {
        synchronized (open) {
            Open committing = open.get(transaction);
            if (committing != null && committing.changes != null) {
                committing.changes.committing();
            }
        }
    }

    /** It has ended, or did not begin. */
    void ended(TransactionExecution transaction) {
        synchronized (open) {
            open.remove(transaction);
        }
    }

    /** A nested transaction was rolled back to its savepoint; of it only this is heard. */
    void rolledBackToSavepoint(TransactionExecution nested) {
        Open around = find(referredTo(nested));
        TransactionChanges changes;
        synchronized (open) {
            changes = around == null ? null : around.changes;
        }
        if (changes != null) {
            changes.dropStores();
        }
    }

    // ---- What callers ask

    /** Returns the transaction of this context; null if it is in none. */
    @Nullable
    CurrentTransaction current(ContextView context) {
        if (context.isEmpty() || !context.hasKey(TransactionContext.class)) {
            return null;
        }
        TransactionContext bound = context.get(TransactionContext.class);
        synchronized (bound) { // parts of one pipeline may run at the same time
            TransactionSynchronizationManager manager = new TransactionSynchronizationManager(bound);
            if (!manager.isActualTransactionActive()) {
                return null;
            }
            if (manager.getResource(this) instanceof ReactiveFreshetTransaction known) {
                return known.changes();
            }
            // Over and not yet cleaned up, or new.
            return manager.isSynchronizationActive()
                    ? bind(manager, bound.getResources().values())
                    : EndedTransaction.INSTANCE;
        }
    }

    private TransactionChanges bind(TransactionSynchronizationManager manager, Collection<Object> resources) {
        Open begun = find(resources);
        TransactionChanges changes =
                new TransactionChanges(begun == null ? Map.of() : begun.marks, manager.isCurrentTransactionReadOnly());
        if (begun != null) {
            synchronized (open) {
                begun.changes = changes;
            }
        }
        ReactiveFreshetTransaction transaction =
                new ReactiveFreshetTransaction(this, manager, changes, publishing, evictionFailure, executor);
        manager.bindResource(this, transaction);
        manager.registerSynchronization(transaction);
        return changes;
    }

    private @Nullable Open find(Collection<Object> resources) {
        if (resources.isEmpty()) {
            return null;
        }
        synchronized (open) {
            for (Map.Entry<TransactionExecution, Open> each : open.entrySet()) {
                for (Object referredTo : referredTo(each.getKey())) {
                    for (Object resource : resources) {
                        if (resource == referredTo) {
                            return each.getValue();
                        }
                    }
                }
            }
        }
        return null;
    }

    /** Returns what the manager's object for the transaction refers to: among it, what the manager bound to the context. */
    private Collection<Object> referredTo(TransactionExecution transaction) {
        if (!(transaction instanceof GenericReactiveTransaction generic) || !generic.hasTransaction()) {
            return List.of();
        }
        Object ofManager = generic.getTransaction();
        List<Object> values = new ArrayList<>();
        for (Field field : fields.computeIfAbsent(ofManager.getClass(), ReactiveTransactions::referencesOf)) {
            Object value = ReflectionUtils.getField(field, ofManager);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    private static List<Field> referencesOf(Class<?> type) {
        List<Field> found = new ArrayList<>();
        ReflectionUtils.doWithFields(type, field -> {
            if (!field.getType().isPrimitive()
                    && !Modifier.isStatic(field.getModifiers())
                    && field.trySetAccessible()) {
                found.add(field);
            }
        });
        return Collections.unmodifiableList(found);
    }
}
