package dev.freshet.audit;

import dev.freshet.bus.BusException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Brings an answer back to the thread that asked. */
final class Answers {

    private Answers() {}

    /**
     * Asks, and passes on the answer or why there is none.
     *
     * @param question may throw what its future may fail with
     * @param own runs both consumers
     */
    @SuppressWarnings("FutureReturnValueIgnored") // both outcomes are handled
    static <T> void of(
            Supplier<CompletableFuture<T>> question, Executor own, Consumer<T> answered, Consumer<String> failed) {
        CompletableFuture<T> answer;
        try {
            answer = question.get();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenCompleteAsync(
                (result, fault) -> {
                    if (fault == null) {
                        answered.accept(result);
                    } else {
                        failed.accept(why(fault));
                    }
                },
                own);
    }

    private static String why(Throwable fault) {
        Throwable cause = fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
        return cause instanceof BusException || cause instanceof TruthException
                ? String.valueOf(cause.getMessage())
                : cause.toString();
    }
}
