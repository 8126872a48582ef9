package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.Subscribed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.cache.interceptor.CacheOperationInvoker;
import org.springframework.core.ReactiveAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * One call of a method that returns a publisher, which is one subscription: within the subscriber's Reactor context, and with evictions that
 * do not block its thread. Only loaded if Reactor is there.
 */
final class ReactiveCall {

    /**
     * An eviction, or a write-through.
     *
     * @param publish begins it
     * @param failed is told why it failed; what it throws fails the call
     */
    record Late(Supplier<CompletableFuture<?>> publish, Consumer<RuntimeException> failed) {}

    private final Subscribed subscribed;
    private final ReactiveAdapter adapter;
    private final Sinks.Empty<Object> cancelled = Sinks.empty();

    // Guarded by this.
    private final List<Late> before = new ArrayList<>(0);
    private final List<Late> after = new ArrayList<>(0);
    private final List<Late> atEnd = new ArrayList<>(0);
    private boolean mayEvict;
    private boolean isWithinTransaction;

    ReactiveCall(Subscribed subscribed, ReactiveAdapter adapter) {
        this.subscribed = subscribed;
        this.adapter = adapter;
    }

    /** Returns the transaction of this call. */
    @Nullable
    CurrentTransaction transactionOf(FreshetCache cache) {
        CurrentTransaction found = cache.transactions().ofCall(subscribed);
        if (found != null) {
            synchronized (this) {
                isWithinTransaction = true;
            }
        }
        return found;
    }

    // ---- What is evicted

    /** The call has an operation that may evict. */
    synchronized void mayEvict() {
        mayEvict = true;
    }

    /** Evicts before the method is called. */
    synchronized void before(Late eviction) {
        before.add(eviction);
    }

    /** Evicts when the method's publisher has completed. */
    synchronized void after(Late eviction) {
        after.add(eviction);
    }

    /** Evicts when the method's publisher has ended in any way. */
    synchronized void atEnd(Late eviction) {
        atEnd.add(eviction);
    }

    private synchronized List<Late> taken(List<Late> list) {
        if (list.isEmpty()) {
            return List.of();
        }
        List<Late> taken = List.copyOf(list);
        list.clear();
        return taken;
    }

    private Mono<Void> published(List<List<Late>> lists) {
        return Mono.defer(() -> {
            List<Mono<Void>> all = new ArrayList<>();
            lists.forEach(list -> taken(list).forEach(late -> all.add(published(late))));
            return all.isEmpty() ? Mono.empty() : Mono.whenDelayError(all).publishOn(Schedulers.parallel());
        });
    }

    /** Begins at once. Cancelling it holds no eviction back. */
    private static Mono<Void> published(Late late) {
        CompletableFuture<?> future;
        try {
            future = late.publish().get();
        } catch (RuntimeException fault) {
            future = CompletableFuture.failedFuture(fault);
        }
        return Mono.fromFuture(
                        future.<Void>handle((done, fault) -> {
                            if (fault != null) {
                                late.failed().accept(asRuntimeException(fault));
                            }
                            return null;
                        }),
                        true)
                .onErrorMap(CompletionException.class, ReactiveCall::asRuntimeException);
    }

    static RuntimeException asRuntimeException(Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        return cause instanceof RuntimeException runtime ? runtime : new CompletionException(cause);
    }

    // ---- The method's publisher, and the caller's

    /** Calls the method: its publisher has the subscriber's context, although Spring may subscribe to it without one. */
    @Nullable
    Object invoke(CacheOperationInvoker method) {
        boolean isFirst;
        boolean ends;
        synchronized (this) {
            isFirst = before.isEmpty();
            ends = isWithinTransaction;
        }
        Publisher<?> publisher;
        if (isFirst) {
            Object result = method.invoke();
            if (result == null) {
                return null;
            }
            publisher = adapter.toPublisher(result);
        } else {
            publisher = published(List.of(before)).thenMany(Flux.defer(() -> invokeLate(method)));
        }
        if (adapter.isMultiValue()) {
            Flux<?> all = Flux.from(publisher).contextWrite(subscribed.context());
            return adapter.fromPublisher(ends ? all.takeUntilOther(cancelled.asMono()) : all);
        }
        Mono<?> one = Mono.from(publisher).contextWrite(subscribed.context());
        return adapter.fromPublisher(ends ? one.takeUntilOther(cancelled.asMono()) : one);
    }

    private Publisher<?> invokeLate(CacheOperationInvoker method) {
        try {
            return publisherOf(method.invoke());
        } catch (CacheOperationInvoker.ThrowableWrapper fault) {
            return Flux.error(fault.getOriginal());
        }
    }

    private Publisher<Object> publisherOf(@Nullable Object result) {
        return result == null
                ? Flux.error(new IllegalStateException(
                        "a method with cache annotations returned null: let it return an empty publisher"))
                : adapter.toPublisher(result);
    }

    /** Returns what the caller subscribes to: it completes when the evictions are published. */
    Publisher<Object> answered(@Nullable Object answer) {
        Publisher<Object> publisher = publisherOf(answer);
        boolean isPlain;
        synchronized (this) {
            isPlain = !mayEvict && !isWithinTransaction;
        }
        if (isPlain) {
            return publisher;
        }
        if (adapter.isMultiValue()) {
            return Flux.from(publisher)
                    .concatWith(onSuccess().then(Mono.empty()))
                    .onErrorResume(fault -> onFailure().then(Mono.error(fault)))
                    .doOnCancel(this::onCancel);
        }
        return Mono.from(publisher)
                .flatMap(value -> onSuccess().thenReturn(value))
                .switchIfEmpty(Mono.defer(() -> onSuccess().then(Mono.empty())))
                .onErrorResume(fault -> onFailure().then(Mono.error(fault)))
                .doOnCancel(this::onCancel);
    }

    private Mono<Void> onSuccess() {
        return published(List.of(before, after, atEnd));
    }

    /** The method itself may have succeeded: what is to be evicted after it is told only then. */
    private Mono<Void> onFailure() {
        return published(List.of(after, atEnd));
    }

    /** Nobody waits for it any more. Within a transaction, which is rolled back now, the method's publisher is to end too. */
    private void onCancel() {
        cancelled.tryEmitError(new CancellationException("the subscriber has cancelled"));
        onFailure().subscribe(done -> {}, fault -> {}); // the fault is counted and logged where it is told
    }
}
