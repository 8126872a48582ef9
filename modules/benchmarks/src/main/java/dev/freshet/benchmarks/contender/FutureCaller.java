package dev.freshet.benchmarks.contender;

import java.util.ArrayDeque;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Calls an API that returns futures, with a bound on the calls in flight. */
final class FutureCaller implements Contender.Caller {

    private final Function<String, ? extends CompletionStage<?>> call;
    private final int maxInFlight;
    private final ArrayDeque<CompletionStage<?>> calls = new ArrayDeque<>();

    FutureCaller(Function<String, ? extends CompletionStage<?>> call, int maxInFlight) {
        this.call = call;
        this.maxInFlight = maxInFlight;
    }

    @Override
    public void invalidate(String key) {
        calls.add(call.apply(key));
        if (calls.size() >= maxInFlight) {
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
