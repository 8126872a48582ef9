package dev.freshet.proofs.simulation;

import dev.freshet.bus.BusException;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.tier.PipelinedRegion;
import dev.freshet.bus.internal.tier.TierCalls;
import dev.freshet.bus.tier.RedisTier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A replica's tier: the production's calls, scripts and answers, over connections on which a simulation decides what is run
 * when, and whether its answer arrives.
 */
final class SimulatedTier implements TierCalls {

    static final Duration LONGEST = Duration.ofSeconds(90);

    private static final int MAX_WAITING = 30;

    private record Call(Function<String, ScriptCall> script, CompletableFuture<List<?>> reply) {}

    private final World world;
    private final String owner;
    private final Deque<Call> waiting = new ArrayDeque<>();

    /** Calls whose callers have given up, and which Redis may run all the same. */
    private final Deque<Call> late = new ArrayDeque<>();

    private @Nullable Node node;
    private @Nullable RedisModel server;

    SimulatedTier(World world, String owner) {
        this.world = world;
        this.owner = owner;
    }

    RedisTier.Region region(TimeSource time) {
        return new PipelinedRegion(world.names, LONGEST, this, time, null);
    }

    /** The server whose answer is being looked at. */
    @Nullable
    RedisModel server() {
        return server;
    }

    boolean isIdle() {
        return waiting.isEmpty();
    }

    @Override
    public CompletableFuture<List<?>> offer(String head, long valueBytes, Function<String, ScriptCall> script) {
        if (waiting.size() >= MAX_WAITING) {
            return CompletableFuture.failedFuture(new BusException("too much waits for Redis"));
        }
        Call call = new Call(script, new CompletableFuture<>());
        waiting.add(call);
        return call.reply;
    }

    /** Runs the call that waits longest. */
    void run(boolean answerIsLost) {
        Call call = waiting.poll();
        if (call == null) {
            return;
        }
        RedisModel to = connect();
        if (to == null) {
            fail(call, "Redis is unavailable");
            return;
        }
        List<?> reply = run(to, call);
        if (reply == null || answerIsLost) {
            disconnect();
            fail(call, "the answer is lost");
            return;
        }
        call.reply.complete(reply);
        if (new String((byte[]) reply.get(0), StandardCharsets.ISO_8859_1).equals("none")) {
            disconnect(); // it is no master, or follows another history
        }
    }

    private @Nullable List<?> run(RedisModel to, Call call) {
        try {
            List<?> reply = (List<?>) world.run(to, SimulatedCall.of(call.script.apply(to.runId)));
            world.trace(owner + "'s tier on " + to + ": " + reply);
            return reply.stream()
                    .map(each -> each instanceof String text ? text.getBytes(StandardCharsets.ISO_8859_1) : each)
                    .toList();
        } catch (RedisError e) {
            world.trace(owner + "'s tier is refused: " + e.getMessage());
            return null;
        }
    }

    private void fail(Call call, String why) {
        call.reply.completeExceptionally(new BusException(why));
    }

    /** The caller that waits longest gives up, while its call is on its way. */
    void giveUp() {
        Call call = waiting.poll();
        if (call != null) {
            world.trace(owner + " gives a call of its tier up");
            late.add(call);
            fail(call, "it took too long");
        }
    }

    /** Runs a call whose caller has given up. */
    void runLate() {
        Call call = late.poll();
        RedisModel to = connect();
        if (call != null && to != null) {
            run(to, call);
        }
    }

    /** Connects anew, to whichever node it is told of. */
    void connectTo(Node told) {
        node = told;
        server = told.server;
    }

    private void disconnect() {
        node = null;
        server = null;
    }

    private @Nullable RedisModel connect() {
        if (node == null || server == null || node.server != server) {
            connectTo(world.official());
        }
        return server;
    }
}
