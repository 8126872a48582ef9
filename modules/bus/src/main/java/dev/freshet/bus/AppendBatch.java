package dev.freshet.bus;

import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Calls that one script carries out: as many as its bound of records allows, so that a burst over many regions does not pay
 * for a script a region. Where there are slots, each call by itself.
 */
record AppendBatch(List<AppendNode.Call> calls) {

    /** Puts calls together, in their order. */
    static List<AppendBatch> of(List<AppendNode.Call> calls, boolean hasSlots) {
        List<AppendBatch> batches = new ArrayList<>();
        List<AppendNode.Call> open = new ArrayList<>();
        int records = 0;
        for (AppendNode.Call call : calls) {
            int more = call.records().size();
            if (!open.isEmpty() && (hasSlots || records + more > Appender.MOST_RECORDS_PER_CALL)) {
                batches.add(new AppendBatch(open));
                open = new ArrayList<>();
                records = 0;
            }
            open.add(call);
            records += more;
        }
        if (!open.isEmpty()) {
            batches.add(new AppendBatch(open));
        }
        return batches;
    }

    /** Returns the script that carries them out on the server that bears this run_id. */
    ScriptCall script(String runId, ScriptCall.AppendSettings settings) {
        return calls.size() == 1 ? alone(calls.get(0), runId, settings) : ScriptCall.append(runId, settings, calls);
    }

    static ScriptCall alone(AppendNode.Call call, String runId, ScriptCall.AppendSettings settings) {
        return ScriptCall.append(new RedisNames(call.region()), runId, settings, call.records());
    }

    /** Whether this reply refuses several calls as one, which says nothing about each. */
    boolean isRefusedAsOne(Object reply) {
        return calls.size() > 1 && reply instanceof JedisDataException;
    }

    /**
     * Returns the reply to each call.
     *
     * @throws JedisConnectionException if it is not a reply to these
     */
    List<?> replies(RedisConnection from, Object reply) {
        if (calls.size() == 1) {
            return List.of(reply);
        }
        if (reply instanceof List<?> each && each.size() == calls.size()) {
            return each;
        }
        throw from.unexpected("EVALSHA", reply);
    }

    /** Whether the server does not have the script, so that nothing was done. */
    static boolean isUnknown(Object reply) {
        return reply instanceof JedisNoScriptException;
    }
}
