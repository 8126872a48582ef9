package dev.freshet.bus.internal.tier;

import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Takes the calls of a tier's regions and has each run, as one step, at the master of its region. */
public interface TierCalls {

    /**
     * Offers a call. Never blocks.
     *
     * @param head the key that says where it belongs
     * @param valueBytes the size of the value that it carries
     * @param script what to run, given the server's run_id
     * @return the reply; fails at once if there is no room, else in bounded time
     */
    CompletableFuture<List<?>> offer(String head, long valueBytes, Function<String, ScriptCall> script);
}
