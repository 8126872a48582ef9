package dev.freshet.bus.internal.tier;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** One call of a tier's script on its way to Redis. */
final class TierCall {

    final String head;
    final long sinceNanos;

    /** The reply, or an exceptional end; completed once, by whoever comes first. */
    final CompletableFuture<List<?>> reply = new CompletableFuture<>();

    private final Function<String, ScriptCall> script;

    /**
     * @param head the key that says where it belongs
     * @param script what to run, given the server's run_id
     */
    TierCall(String head, Function<String, ScriptCall> script, long sinceNanos) {
        this.head = head;
        this.script = script;
        this.sinceNanos = sinceNanos;
    }

    ScriptCall script(String runId) {
        return script.apply(runId);
    }

    void fail(String why) {
        reply.completeExceptionally(new BusException(why));
    }
}
