package dev.freshet.spring;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.springframework.core.Ordered;
import org.springframework.transaction.reactive.TransactionSynchronization;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A transaction of a Reactor context; otherwise as {@link FreshetTransaction}. Nothing that it does blocks. */
final class ReactiveFreshetTransaction implements TransactionSynchronization, Ordered {

    private final Object resource;
    private final TransactionSynchronizationManager manager;
    private final TransactionChanges changes;
    private final EvictionPublishing publishing;
    private final EvictionFailure evictionFailure;
    private final Executor executor;

    /**
     * @param manager of the Reactor context
     * @param executor runs what blocks
     */
    ReactiveFreshetTransaction(
            Object resource,
            TransactionSynchronizationManager manager,
            TransactionChanges changes,
            EvictionPublishing publishing,
            EvictionFailure evictionFailure,
            Executor executor) {
        this.resource = resource;
        this.manager = manager;
        this.changes = changes;
        this.publishing = publishing;
        this.evictionFailure = evictionFailure;
        this.executor = executor;
    }

    TransactionChanges changes() {
        return changes;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public Mono<Void> suspend() {
        return Mono.fromRunnable(() -> manager.unbindResourceIfPossible(resource));
    }

    @Override
    public Mono<Void> resume() {
        return Mono.fromRunnable(() -> manager.bindResource(resource, this));
    }

    @Override
    public Mono<Void> afterCommit() {
        return Mono.defer(this::committed)
                .flatMap(fault -> fault.isPresent() && evictionFailure == EvictionFailure.THROW
                        ? Mono.error(fault.get())
                        : Mono.empty());
    }

    /** Also called if another callback failed before {@link #afterCommit}. */
    @Override
    public Mono<Void> afterCompletion(int status) {
        return Mono.defer(() -> {
            manager.unbindResourceIfPossible(resource);
            return status == STATUS_COMMITTED
                    ? committed().then()
                    : published(changes.rolledBack(status == STATUS_UNKNOWN)).then();
        });
    }

    private Mono<Optional<RuntimeException>> committed() {
        TransactionChanges.Due due = changes.committed();
        return published(due.evictions()).doOnSuccess(fault -> due.store());
    }

    /** Goes on elsewhere than on our own threads. Cancelling it holds no eviction back. */
    private Mono<Optional<RuntimeException>> published(Map<CacheRegion, EvictionSet> evictions) {
        return evictions.isEmpty()
                ? Mono.just(Optional.empty())
                : Mono.fromFuture(publishing.publishAsync(evictions, executor), true)
                        .publishOn(Schedulers.parallel());
    }
}
