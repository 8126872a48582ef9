package dev.freshet.spring.internal.transaction;

import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Mono;

/** A transaction of a Reactor context; otherwise as {@link FreshetTransaction}. Nothing that it does blocks. */
public final class ReactiveFreshetTransaction implements TransactionSynchronization, PriorityOrdered {

    private final ReactiveTransactions transactions;
    private final TransactionSynchronizationManager manager;
    private final TransactionChanges changes;
    private final boolean throwsFaults;

    /** @param manager of the Reactor context */
    ReactiveFreshetTransaction(
            ReactiveTransactions transactions,
            TransactionSynchronizationManager manager,
            TransactionChanges changes,
            boolean throwsFaults) {
        this.transactions = transactions;
        this.manager = manager;
        this.changes = changes;
        this.throwsFaults = throwsFaults;
    }

    TransactionChanges changes() {
        return changes;
    }

    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }

    /** Called too when a transaction of another manager begins. */
    @Override
    public Mono<Void> suspend() {
        return Mono.fromRunnable(() -> {
            changes.suspended();
            manager.unbindResourceIfPossible(transactions);
        });
    }

    @Override
    public Mono<Void> resume() {
        return Mono.fromRunnable(() -> {
            // Of one within this one that is over: Spring does not say so if a callback after its commit threw.
            manager.unbindResourceIfPossible(transactions);
            manager.bindResource(transactions, this);
        });
    }

    @Override
    public Mono<Void> afterCommit() {
        return transactions
                .committed(changes)
                .flatMap(fault -> fault.isPresent() && throwsFaults ? thrown(fault.get()) : Mono.empty());
    }

    /** Spring has ended the synchronization already, and would throw that there is none instead of the fault. */
    private Mono<Void> thrown(RuntimeException fault) {
        if (!manager.isSynchronizationActive()) {
            manager.initSynchronization();
        }
        return Mono.error(fault);
    }

    /** After a commit there is nothing left to do: Spring calls this only after {@link #afterCommit}. */
    @Override
    public Mono<Void> afterCompletion(int status) {
        return Mono.defer(() -> {
            manager.unbindResourceIfPossible(transactions);
            return status == STATUS_COMMITTED
                    ? Mono.empty()
                    : transactions.rolledBack(changes, status == STATUS_UNKNOWN).then();
        });
    }
}
