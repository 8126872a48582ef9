package dev.freshet.spring.internal.transaction;

import dev.freshet.cache.Mark;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionContext;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.util.ReflectionUtils;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * The transactions of reactive transaction managers, which live in the Reactor context. Only loaded if spring-tx and Reactor are there.
 *
 * <p>A manager's listener hears when a transaction begins, but not in which context. So a context's transaction is found by what its
 * manager bound there, such as the connection: the manager's object for the transaction refers to it too. Of a transaction that is not found no
 * mark is known, and nothing that it reads is stored.
 */
public final class ReactiveTransactions {

    /** A transaction that has begun, or is about to. */
    private static final class Open {
        private final long number;
        private final Map<CacheRegion, Mark> marks;
        private final boolean isReadOnly;
        private @Nullable TransactionChanges changes;

        /** Whether its context tells of its end. If not, it was met within another one, while it was suspended. */
        private boolean isBound;

        /** Whether something else was done within it before it was met. */
        private boolean isOneOfSeveral;

        Open(long number, Map<CacheRegion, Mark> marks, boolean isReadOnly) {
            this.number = number;
            this.marks = marks;
            this.isReadOnly = isReadOnly;
        }

        /** Another one begins within one of them all. One that is bound knows by itself whether it is the one. */
        void mayBeSuspended() {
            isOneOfSeveral = !isBound;
        }

        TransactionChanges changes(@Nullable TransactionChanges outer) {
            if (changes == null) {
                changes = new TransactionChanges(marks, isReadOnly, outer);
                if (isOneOfSeveral) {
                    changes.suspended();
                }
            }
            return changes;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReactiveTransactions.class);

    private final EvictionPublishing publishing;
    private final boolean throwsFaults;
    private final Executor executor;

    /** Weak: one that is cancelled while it begins never ends. Guarded by itself. */
    private final Map<TransactionExecution, Open> open = new WeakHashMap<>();

    /** How many have begun. Guarded by {@link #open}. */
    private long begun;

    private final Map<Class<?>, List<Field>> fields = new ConcurrentHashMap<>();

    /** @param executor runs what blocks after a commit */
    ReactiveTransactions(EvictionPublishing publishing, boolean throwsFaults, Executor executor) {
        this.publishing = publishing;
        this.throwsFaults = throwsFaults;
        this.executor = executor;
    }

    // ---- What transaction managers say

    /**
     * A transaction begins.
     *
     * @param marks from before it begins
     */
    public void beginning(TransactionExecution transaction, Map<CacheRegion, Mark> marks) {
        synchronized (open) {
            if (transaction instanceof GenericReactiveTransaction generic && generic.getSuspendedResources() != null) {
                open.values().forEach(Open::mayBeSuspended);
            }
            open.put(transaction, new Open(begun++, marks, transaction.isReadOnly()));
        }
    }

    public void committing(TransactionExecution transaction) {
        synchronized (open) {
            Open committing = open.get(transaction);
            if (committing != null && committing.changes != null) {
                committing.changes.committing();
            }
        }
    }

    /**
     * A commit has ended.
     *
     * @param fault null: it has committed; else it is not known whether it has
     */
    public void committed(TransactionExecution transaction, @Nullable Throwable fault) {
        ended(transaction, changes -> fault == null ? committed(changes) : rolledBack(changes, true));
    }

    /**
     * A rollback has ended.
     *
     * @param fault null: it has not committed; else it is not known whether it has
     */
    public void rolledBack(TransactionExecution transaction, @Nullable Throwable fault) {
        ended(transaction, changes -> rolledBack(changes, fault != null));
    }

    /** It did not begin. */
    public void failed(TransactionExecution transaction) {
        ended(transaction, changes -> rolledBack(changes, false));
    }

    /** Where no context tells of the end, nobody can be made to wait for what it makes due. */
    private void ended(TransactionExecution transaction, Function<TransactionChanges, Mono<?>> end) {
        Open ended;
        synchronized (open) {
            ended = open.remove(transaction);
        }
        if (ended != null && ended.changes != null && !ended.isBound) {
            end.apply(ended.changes)
                    .subscribe(done -> {}, fault -> {}); // the fault is counted and logged where it is told
        }
    }

    /** A nested transaction was rolled back to its savepoint; of it only this is heard. */
    public void rolledBackToSavepoint(TransactionExecution nested) {
        List<Open> around = find(referredTo(nested));
        TransactionChanges changes = null;
        if (!around.isEmpty()) {
            synchronized (open) {
                changes = innermost(around).changes;
            }
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
            Collection<Object> resources = bound.getResources().values();
            if (!manager.isActualTransactionActive()) {
                List<Open> around = find(resources);
                return around.isEmpty() ? null : outside(around); // one that is suspended, while others go on
            }
            if (manager.getResource(this) instanceof ReactiveFreshetTransaction known) {
                return known.changes();
            }
            // Over and not yet cleaned up, or new.
            return manager.isSynchronizationActive() ? bind(manager, resources) : outside(find(resources));
        }
    }

    private CurrentTransaction outside(List<Open> around) {
        synchronized (open) {
            return OutsideTransaction.within(nested(around));
        }
    }

    private TransactionChanges bind(TransactionSynchronizationManager manager, Collection<Object> resources) {
        List<Open> found = find(resources);
        TransactionChanges changes;
        synchronized (open) {
            if (found.isEmpty() || innermost(found).isBound) { // not ours, but perhaps within one of ours
                TransactionChanges around = nested(found);
                changes = new TransactionChanges(Map.of(), manager.isCurrentTransactionReadOnly(), around);
            } else {
                changes = Objects.requireNonNull(nested(found));
                innermost(found).isBound = true;
            }
        }
        if (changes.outer() != null) {
            changes.outer().suspended();
        }
        ReactiveFreshetTransaction transaction = new ReactiveFreshetTransaction(this, manager, changes, throwsFaults);
        manager.bindResource(this, transaction);
        manager.registerSynchronization(transaction);
        return changes;
    }

    /** Returns the innermost one, within the others; null if there is none. Managers of other databases began theirs around it. */
    private static @Nullable TransactionChanges nested(List<Open> inOrder) {
        TransactionChanges innermost = null;
        for (Open each : inOrder) {
            innermost = each.changes(innermost);
        }
        return innermost;
    }

    // ---- What becomes of them

    /** Does what the commit makes due. The fault is what failed first. */
    public Mono<Optional<RuntimeException>> committed(TransactionChanges changes) {
        return Mono.defer(() -> {
            TransactionChanges.Due due = changes.committed();
            return published(due.evictions()).doOnSuccess(fault -> due.store());
        });
    }

    public Mono<Optional<RuntimeException>> rolledBack(TransactionChanges changes, boolean mayHaveCommitted) {
        return Mono.defer(() -> published(changes.rolledBack(mayHaveCommitted)));
    }

    /** Goes on elsewhere than on our own threads. Cancelling it holds no eviction back. */
    private Mono<Optional<RuntimeException>> published(Map<CacheRegion, EvictionSet> evictions) {
        return evictions.isEmpty()
                ? Mono.just(Optional.empty())
                : Mono.fromFuture(publishing.publishAsync(evictions, executor), true)
                        .publishOn(Schedulers.parallel());
    }

    // ---- Which transactions a context is in

    /** Returns the transactions whose managers bound one of these, in the order in which they began. */
    private List<Open> find(Collection<Object> resources) {
        Set<Object> bound = Collections.newSetFromMap(new IdentityHashMap<>());
        bound.addAll(resources);
        List<Open> found = new ArrayList<>(1);
        synchronized (open) {
            open.forEach((transaction, begun) -> {
                if (referredTo(transaction).stream().anyMatch(bound::contains)) {
                    found.add(begun);
                }
            });
        }
        found.sort(Comparator.comparingLong(each -> each.number));
        return found;
    }

    private static Open innermost(List<Open> inOrder) {
        return inOrder.get(inOrder.size() - 1);
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

    /** Returns the fields that may be read. Of a foreign class there may be none. */
    private static List<Field> referencesOf(Class<?> type) {
        List<Field> found = new ArrayList<>();
        try {
            ReflectionUtils.doWithFields(type, field -> {
                if (!field.getType().isPrimitive()
                        && !Modifier.isStatic(field.getModifiers())
                        && field.trySetAccessible()) {
                    found.add(field);
                }
            });
        } catch (IllegalStateException | LinkageError | SecurityException hidden) {
            LOG.debug("the fields of {} cannot be read: its transactions are not recognized", type.getName(), hidden);
        }
        return Collections.unmodifiableList(found);
    }
}
