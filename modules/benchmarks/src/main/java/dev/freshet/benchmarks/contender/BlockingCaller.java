package dev.freshet.benchmarks.contender;

import java.util.function.Consumer;

/** Calls an API that returns when the call is complete. */
record BlockingCaller(Consumer<String> call) implements Contender.Caller {

    @Override
    public void invalidate(String key) {
        call.accept(key);
    }

    @Override
    public void settle() {}

    @Override
    public void close() {}
}
