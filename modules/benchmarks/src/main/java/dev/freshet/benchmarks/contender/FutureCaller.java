package dev.freshet.benchmarks.contender;

import java.util.ArrayDeque;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Calls an API that answers with futures, with so many calls under way at most. */
final class FutureCaller implements Contender.Caller {

    private final Function<String, ? extends CompletionStage<?>> call;
    private final int underWay;
    private final ArrayDeque<CompletionStage<?>> calls = new ArrayDeque<>();

    FutureCaller(Function<String, ? extends CompletionStage<?>> call, int underWay) {
        this.call = call;
        this.underWay = underWay;
    }

    @Override
    public void invalidate(String key) {
        calls.add(call.apply(key));
        if (calls.size() >= underWay) {
            calls.remove().toCompletableFuture().join();
        }
    }

    @Override
    public void settle() {
        while (!calls.isEmpty()) {
            calls.remove().toCompletableFuture().join();
        }
    }

    @Override
    public void close() {
        settle();
    }
}
