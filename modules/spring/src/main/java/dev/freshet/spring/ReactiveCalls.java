package dev.freshet.spring;

import dev.freshet.spring.internal.transaction.CurrentTransaction;
import dev.freshet.spring.internal.transaction.SpringTransactions;
import dev.freshet.spring.internal.transaction.Subscribed;
import dev.freshet.spring.internal.transaction.Transactions;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Calls methods that return a publisher when it is subscribed to, once for each subscriber: only then is known whether the call is within a
 * reactive transaction. Only loaded if Reactor is there.
 */
final class ReactiveCalls {

    /** Goes on with a call. */
    @FunctionalInterface
    interface Proceeding {
        @Nullable
        Object proceed(MethodInvocation invocation, ReactiveCall call) throws Throwable;
    }

    private final Map<Class<?>, Optional<ReactiveAdapter>> adapters = new ConcurrentHashMap<>();
    private final ObjectProvider<FreshetCacheManager> managers;

    ReactiveCalls(ObjectProvider<FreshetCacheManager> managers) {
        this.managers = managers;
    }

    /** Returns a publisher that makes the call; null if the method returns none. */
    @Nullable
    Object deferred(MethodInvocation invocation, Proceeding proceeding) {
        Method method = invocation.getMethod();
        ReactiveAdapter adapter = adapters.computeIfAbsent(method.getReturnType(), ReactiveCalls::find)
                .orElse(null);
        if (adapter == null) {
            return null;
        }
        Function<Transactions, @Nullable CurrentTransaction> outer = outer(managers);
        Function<ContextView, Publisher<Object>> call = context ->
                subscribed(invocation, proceeding, new ReactiveCall(new Subscribed(context, outer), adapter));
        return adapter.fromPublisher(
                adapter.isMultiValue()
                        ? Flux.deferContextual(call)
                        : Mono.deferContextual(context -> Mono.from(call.apply(context))));
    }

    private static Optional<ReactiveAdapter> find(Class<?> type) {
        ReactiveAdapter adapter = ReactiveAdapterRegistry.getSharedInstance().getAdapter(type);
        return adapter != null && adapter.getDescriptor().isDeferred() ? Optional.of(adapter) : Optional.empty();
    }

    /** The invocation can go on once: each subscriber has its own. */
    private static Publisher<Object> subscribed(MethodInvocation invocation, Proceeding proceeding, ReactiveCall call) {
        MethodInvocation own =
                invocation instanceof ProxyMethodInvocation proxied ? proxied.invocableClone() : invocation;
        try {
            return call.answered(proceeding.proceed(own, call));
        } catch (Throwable fault) {
            Exceptions.throwIfFatal(fault);
            return Flux.error(fault);
        }
    }

    /** Returns what tells the transaction of the thread: of this one now, if it is in one, or else of that which subscribes. */
    static Function<Transactions, @Nullable CurrentTransaction> outer(ObjectProvider<FreshetCacheManager> managers) {
        if (!FreshetCacheManager.HAS_TRANSACTIONS || !SpringTransactions.isThreadInOne()) {
            return Transactions::current;
        }
        Map<Transactions, Optional<CurrentTransaction>> ofThread = new HashMap<>();
        managers.forEach(manager -> ofThread.put(
                manager.transactions(),
                Optional.ofNullable(manager.transactions().current())));
        return transactions -> {
            Optional<CurrentTransaction> known = ofThread.get(transactions);
            return known == null ? transactions.current() : known.orElse(null);
        };
    }
}
