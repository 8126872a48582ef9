package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.Subscribed;
import dev.freshet.spring.internal.transaction.Transactions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Lets publishers hold their invocation until their first subscription ends. Only loaded if Reactor is there. */
final class PublisherResults {

    private final LateResults lateResults;

    PublisherResults(LateResults lateResults) {
        this.lateResults = lateResults;
    }

    private static @Nullable ReactiveAdapter adapterOf(Object result) {
        return ReactiveAdapterRegistry.getSharedInstance().getAdapter(result.getClass());
    }

    /** What is done when a publisher has completed. Made at its subscription. */
    @FunctionalInterface
    interface Completed {
        /**
         * Returns a future for whose end the subscriber waits.
         *
         * @param value that of a publisher of one value, null of an empty one; of several values their list
         */
        CompletableFuture<?> completed(@Nullable Object value);
    }

    /** Returns a publisher that calls this when it has completed, before its subscriber hears of that; null if the result is none. */
    static @Nullable Object whenComplete(
            Object result,
            Function<Transactions, @Nullable CurrentTransaction> outer,
            Function<Subscribed, Completed> then) {
        ReactiveAdapter adapter = adapterOf(result);
        if (adapter == null) {
            return null;
        }
        if (adapter.isNoValue() || !adapter.isMultiValue()) {
            return adapter.fromPublisher(Mono.deferContextual(context -> {
                Completed completed = then.apply(new Subscribed(context, outer));
                return Mono.from(adapter.toPublisher(result))
                        .cast(Object.class)
                        .flatMap(value -> end(completed, value).thenReturn(value))
                        .switchIfEmpty(Mono.defer(() -> end(completed, null).then(Mono.empty())));
            }));
        }
        return adapter.fromPublisher(Flux.deferContextual(context -> {
            Completed completed = then.apply(new Subscribed(context, outer));
            List<Object> values = new ArrayList<>();
            return Flux.from(adapter.toPublisher(result))
                    .cast(Object.class)
                    .doOnNext(values::add)
                    .concatWith(
                            Mono.defer(() -> end(completed, List.copyOf(values)).then(Mono.empty())));
        }));
    }

    private static Mono<Void> end(Completed completed, @Nullable Object value) {
        CompletableFuture<?> end = completed.completed(value);
        return end.isDone() && !end.isCompletedExceptionally()
                ? Mono.empty()
                : Mono.fromFuture(end, true)
                        .onErrorMap(CompletionException.class, ReactiveCall::asRuntimeException)
                        .publishOn(Schedulers.parallel())
                        .then();
    }

    /** Returns a publisher that lets go; anything else as it is. */
    Object held(Object result, Invocation invocation) {
        ReactiveAdapter adapter = adapterOf(result);
        if (adapter == null || adapter.isNoValue()) {
            return result;
        }
        LateResults.Guard guard = lateResults.guard(invocation);
        // The signal comes after the value and its end have been handed on, and so after the store.
        return adapter.isMultiValue()
                ? adapter.fromPublisher(Flux.from(adapter.toPublisher(result)).doFinally(signal -> guard.letGo()))
                : adapter.fromPublisher(Mono.from(adapter.toPublisher(result)).doFinally(signal -> guard.letGo()));
    }
}
