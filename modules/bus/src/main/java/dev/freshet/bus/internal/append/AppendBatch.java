package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;

/** Calls that one script carries out. */
record AppendBatch(List<AppendNode.Call> calls) {

    /** Puts calls together, in their order, within the bound of what one script may carry; or each by itself. */
    static List<AppendBatch> of(List<AppendNode.Call> calls, boolean apart) {
        List<AppendBatch> batches = new ArrayList<>();
        List<AppendNode.Call> open = new ArrayList<>();
        int records = 0;
        for (AppendNode.Call call : calls) {
            int more = call.records().size();
            if (!open.isEmpty() && (apart || records + more > Appender.MOST_RECORDS_PER_CALL)) {
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
}
