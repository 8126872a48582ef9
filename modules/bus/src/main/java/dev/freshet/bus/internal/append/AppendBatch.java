package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;

/** Calls that one script carries out. */
record AppendBatch(List<AppendNode.Call> calls) {

    /**
     * The records of one script call at most: 4 MiB if each is as large as it may be. A larger burst would overrun the output
     * buffers of subscribers.
     */
    static final int MAX_RECORDS = 16;

    /** Puts calls together, in their order, within the bound of what one script may carry; or each by itself. */
    static List<AppendBatch> of(List<AppendNode.Call> calls, boolean apart) {
        List<AppendBatch> batches = new ArrayList<>();
        List<AppendNode.Call> open = new ArrayList<>();
        int records = 0;
        for (AppendNode.Call call : calls) {
            int more = call.records().size();
            if (!open.isEmpty() && (apart || records + more > MAX_RECORDS)) {
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
    ScriptCall script(String runId, AppendScripts.AppendSettings settings) {
        return calls.size() == 1 ? alone(calls.get(0), runId, settings) : AppendScripts.append(runId, settings, calls);
    }

    static ScriptCall alone(AppendNode.Call call, String runId, AppendScripts.AppendSettings settings) {
        return AppendScripts.append(new RedisNames(call.region()), runId, settings, call.records());
    }
}
