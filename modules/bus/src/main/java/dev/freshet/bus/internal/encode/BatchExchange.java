package dev.freshet.bus.internal.encode;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Sends calls to one server in as few scripts as possible, so that a burst over many regions does not pay for a script a
 * region, and reads a reply to each call. Belongs to the leader.
 */
public final class BatchExchange {

    /** Calls that one script carries out. */
    record Batch(List<AppendCall> calls) {

        /** Puts calls together, in their order, within the bound of what one script may carry; or each by itself. */
        static List<Batch> of(List<AppendCall> calls, boolean apart) {
            List<Batch> batches = new ArrayList<>();
            List<AppendCall> open = new ArrayList<>();
            int records = 0;
            for (AppendCall call : calls) {
                int more = call.records().size();
                if (!open.isEmpty() && (apart || records + more > AppendScripts.MAX_RECORDS)) {
                    batches.add(new Batch(open));
                    open = new ArrayList<>();
                    records = 0;
                }
                open.add(call);
                records += more;
            }
            if (!open.isEmpty()) {
                batches.add(new Batch(open));
            }
            return batches;
        }

        private ScriptCall script(String runId, AppendSettings settings) {
            return calls.size() == 1
                    ? AppendScripts.append(runId, settings, calls.get(0))
                    : AppendScripts.appendMany(runId, settings, calls);
        }
    }

    /**
     * What came back.
     *
     * @param each the reply to each call, in their order; a refusal stands in its place
     * @param behind the reply to the command that was sent behind them, or null
     * @param sentAgain whether some were sent again after that command
     */
    public record Replies(
            List<@Nullable Object> each, @Nullable Object behind, boolean sentAgain) {}

    private final String runId;
    private final AppendSettings settings;
    private final boolean asks;
    private boolean apart;

    /** What was sent last, as it was put together. */
    private List<Batch> sent = List.of();

    /**
     * For the server with this run_id.
     *
     * @param apart whether a script may touch one region only, since each is in a slot of its own
     */
    public BatchExchange(String runId, AppendSettings settings, boolean apart) {
        this(runId, settings, apart, false);
    }

    private BatchExchange(String runId, AppendSettings settings, boolean apart, boolean asks) {
        this.runId = runId;
        this.settings = settings;
        this.apart = apart;
        this.asks = asks;
    }

    /** For a server that takes over slots: it takes a command on their keys only right behind {@code ASKING}. */
    static BatchExchange asking(String runId, AppendSettings settings) {
        return new BatchExchange(runId, settings, true, true);
    }

    /** Collects the calls in the connection's buffer. */
    void send(RedisConnection over, List<AppendCall> calls) {
        sent = Batch.of(calls, apart);
        for (Batch batch : sent) {
            ask(over);
            over.sendCommand(batch.script(runId, settings).byDigest());
        }
    }

    private void ask(RedisConnection over) {
        if (asks) {
            over.sendCommand(Protocol.Command.ASKING);
        }
    }

    /**
     * Reads the replies to the calls that were sent last.
     *
     * @param hasOneBehind whether another command was sent behind the calls
     * @throws JedisConnectionException if the connection breaks; then no reply is known
     */
    public Replies receive(RedisConnection from, boolean hasOneBehind) {
        List<Object> replies = from.replies((asks ? 2 : 1) * sent.size() + (hasOneBehind ? 1 : 0));
        List<@Nullable Object> each = new ArrayList<>();
        boolean sentAgain = false;
        for (int i = 0; i < sent.size(); i++) {
            Batch batch = sent.get(i);
            Object reply = replies.get(asks ? 2 * i + 1 : i);
            if (reply instanceof JedisNoScriptException) {
                reply = run(from, batch.script(runId, settings));
                sentAgain = true;
            }
            if (batch.calls().size() == 1) {
                each.add(reply);
            } else if (refusesAllForOne(reply)) {
                each.addAll(runApart(from, batch.calls()));
                sentAgain = true;
            } else {
                each.addAll(repliesOf(from, batch, reply));
            }
        }
        return new Replies(each, hasOneBehind ? replies.get(replies.size() - 1) : null, sentAgain);
    }

    private static List<?> repliesOf(RedisConnection from, Batch batch, @Nullable Object reply) {
        int calls = batch.calls().size();
        if (reply instanceof JedisDataException) {
            return Collections.nCopies(calls, reply);
        }
        if (reply instanceof List<?> each && each.size() == calls) {
            return each;
        }
        throw from.unexpected("EVALSHA", reply);
    }

    /** Whether the server refused the whole script for what may concern one region only: a right, or a slot. */
    private boolean refusesAllForOne(@Nullable Object reply) {
        if (!(reply instanceof JedisDataException refusal)) {
            return false;
        }
        String why = String.valueOf(refusal.getMessage());
        boolean haveSlots = why.startsWith("CROSSSLOT");
        // For the next time: it is a server of a cluster, or a proxy of one, though the address does not say so.
        apart |= haveSlots;
        return haveSlots || why.startsWith("NOPERM");
    }

    /** Sends each call by itself. Appending twice is harmless. */
    private List<@Nullable Object> runApart(RedisConnection over, List<AppendCall> calls) {
        List<ScriptCall> scripts = calls.stream()
                .map(call -> AppendScripts.append(runId, settings, call))
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

    private Object run(RedisConnection over, ScriptCall script) {
        if (asks) {
            over.executeCommand(Protocol.Command.ASKING);
        }
        return script.runByText(over);
    }
}
