package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Sends calls in as few scripts as may be, so that a burst over many regions does not pay for a script a region, and reads a
 * reply to each. Of one server; belongs to who appends there.
 */
final class BatchExchange {

    /**
     * What came back.
     *
     * @param each the reply to each call, in their order; one that is a refusal stands in its place
     * @param behind the reply to the command that was sent behind them, or null
     * @param sentAgain whether some were sent again after that command
     */
    record Replies(List<@Nullable Object> each, @Nullable Object behind, boolean sentAgain) {}

    private final String runId;
    private final AppendScripts.AppendSettings settings;
    private boolean apart;

    /** What was sent last, as it was put together. */
    private List<AppendBatch> sent = List.of();

    /**
     * For a server.
     *
     * @param runId what it is called
     * @param apart whether a script may touch one region only, since each is in a slot of its own
     */
    BatchExchange(String runId, AppendScripts.AppendSettings settings, boolean apart) {
        this.runId = runId;
        this.settings = settings;
        this.apart = apart;
    }

    /** Collects the calls in the connection's buffer. */
    void send(RedisConnection over, List<AppendNode.Call> calls) {
        sent = AppendBatch.of(calls, apart);
        for (AppendBatch batch : sent) {
            over.sendCommand(batch.script(runId, settings).byDigest());
        }
    }

    /**
     * Reads the replies to the calls that were sent last.
     *
     * @param hasOneBehind whether another command was sent behind the calls
     * @throws JedisConnectionException if the connection breaks; then no reply is known
     */
    Replies receive(RedisConnection from, boolean hasOneBehind) {
        List<Object> replies = from.replies(sent.size() + (hasOneBehind ? 1 : 0));
        List<@Nullable Object> each = new ArrayList<>();
        boolean sentAgain = false;
        for (int i = 0; i < sent.size(); i++) {
            AppendBatch batch = sent.get(i);
            Object reply = replies.get(i);
            if (reply instanceof JedisNoScriptException) {
                reply = run(from, batch.script(runId, settings));
                sentAgain = true;
            }
            if (batch.calls().size() == 1) {
                each.add(reply);
            } else if (saysNothingOfEach(reply)) {
                each.addAll(runApart(from, batch.calls()));
                sentAgain = true;
            } else {
                each.addAll(repliesOf(from, batch, reply));
            }
        }
        return new Replies(each, hasOneBehind ? replies.get(sent.size()) : null, sentAgain);
    }

    private static List<?> repliesOf(RedisConnection from, AppendBatch batch, @Nullable Object reply) {
        int calls = batch.calls().size();
        if (reply instanceof JedisDataException) {
            return Collections.nCopies(calls, reply);
        }
        if (reply instanceof List<?> each && each.size() == calls) {
            return each;
        }
        throw from.unexpected("EVALSHA", reply);
    }

    /** Whoever may not touch one region may touch another; and what lives apart cannot be touched together. */
    private boolean saysNothingOfEach(@Nullable Object reply) {
        if (!(reply instanceof JedisDataException refusal)) {
            return false;
        }
        String why = String.valueOf(refusal.getMessage());
        boolean haveSlots = why.startsWith("CROSSSLOT");
        // For the next time: it is one server of a cluster, or something in front of one, and was not called so.
        apart |= haveSlots;
        return haveSlots || why.startsWith("NOPERM");
    }

    /** Appending twice is harmless. */
    private List<@Nullable Object> runApart(RedisConnection over, List<AppendNode.Call> calls) {
        List<ScriptCall> scripts = calls.stream()
                .map(call -> AppendBatch.alone(call, runId, settings))
                .toList();
        scripts.forEach(script -> over.sendCommand(script.byDigest()));
        over.flushCommands();
        List<@Nullable Object> replies = new ArrayList<>(over.replies(scripts.size()));
        for (int i = 0; i < scripts.size(); i++) {
            if (replies.get(i) instanceof JedisNoScriptException) {
                replies.set(i, run(over, scripts.get(i)));
            }
        }
        return replies;
    }

    private static @Nullable Object run(RedisConnection over, ScriptCall script) {
        try {
            return script.run(over);
        } catch (JedisDataException refusal) {
            return refusal;
        }
    }
}
