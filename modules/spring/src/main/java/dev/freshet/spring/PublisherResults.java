package dev.freshet.spring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Lets publishers hold their invocation until their first subscription ends. Only loaded if Reactor is there. */
final class PublisherResults {

    private final LateResults lateResults;

    PublisherResults(LateResults lateResults) {
        this.lateResults = lateResults;
    }

    private static @Nullable ReactiveAdapter adapterOf(Object result) {
        return ReactiveAdapterRegistry.getSharedInstance().getAdapter(result.getClass());
    }

    /**
     * Returns a publisher that calls this when it has completed, before its subscriber hears of that; null if the result is none.
     *
     * @param completed gets the value of a publisher of one value, null of an empty one; of several values their list
     */
    static @Nullable Object whenComplete(Object result, Consumer<@Nullable Object> completed) {
        ReactiveAdapter adapter = adapterOf(result);
        if (adapter == null) {
            return null;
        }
        if (adapter.isNoValue() || !adapter.isMultiValue()) {
            return adapter.fromPublisher(Mono.from(adapter.toPublisher(result)).doOnSuccess(completed));
        }
        return adapter.fromPublisher(Flux.defer(() -> {
            List<Object> values = new ArrayList<>();
            return Flux.from(adapter.toPublisher(result))
                    .doOnNext(values::add)
                    .doOnComplete(() -> completed.accept(List.copyOf(values)));
        }));
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
