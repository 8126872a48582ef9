package dev.freshet.spring.internal.transaction;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * A subscription to what a method returned. Only made if Reactor is there.
 *
 * @param context of the subscriber
 * @param outer returns the transaction of the thread on which the method was called
 */
public record Subscribed(ContextView context, Function<Transactions, @Nullable CurrentTransaction> outer) {

    @Nullable
    CurrentTransaction transactionOf(ReactiveTransactions transactions) {
        return transactions.current(context);
    }
}
