package dev.freshet.bus.internal.encode;

import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;

/** The calls of the append scripts: the one place that knows the order of their keys and arguments. */
public final class AppendScripts {

    /**
     * One script call carries at most this many records: 4 MiB if each is as large as it may be. A larger burst would overrun
     * the output buffers of subscribers.
     */
    public static final int MAX_RECORDS = 16;

    private static final Script APPEND = Script.load("refusals.lua", "tier.lua", "append.lua", "append-one.lua");
    private static final Script APPEND_MANY = Script.load("refusals.lua", "tier.lua", "append.lua", "append-many.lua");

    private AppendScripts() {}

    /** Appends records to one region on the server with this run_id. */
    public static ScriptCall append(String runId, AppendSettings settings, AppendCall call) {
        return append(
                settings.namespace().region(call.region()),
                runId,
                ScriptCall.freshEpoch(),
                settings,
                call.records(),
                call.mayBegin());
    }

    /**
     * Appends records to one region on the server with this run_id.
     *
     * @param freshEpoch the epoch that begins if one must
     * @param mayBegin whether one may begin where the region has no head; if not, the region is refused
     */
    public static ScriptCall append(
            RedisNames names,
            String runId,
            byte[] freshEpoch,
            AppendSettings settings,
            List<PackedRecord> records,
            boolean mayBegin) {
        List<byte[]> arguments = new ArrayList<>(7 + 2 * records.size());
        addSettings(arguments, runId, freshEpoch, settings);
        arguments.add(ScriptCall.bytes(names.channel()));
        arguments.add(flag(mayBegin));
        addRecords(arguments, records);
        return new ScriptCall(APPEND, List.of(names.head(), names.log()), arguments);
    }

    /** Appends records to several regions on the server with this run_id; they must live in one slot, or without slots. */
    static ScriptCall appendMany(String runId, AppendSettings settings, List<AppendCall> calls) {
        List<String> keys = new ArrayList<>(2 * calls.size());
        List<byte[]> arguments = new ArrayList<>(5 + 5 * calls.size());
        addSettings(arguments, runId, ScriptCall.freshEpoch(), settings);
        for (AppendCall call : calls) {
            RedisNames names = settings.namespace().region(call.region());
            keys.add(names.head());
            keys.add(names.log());
            arguments.add(ScriptCall.bytes(names.channel()));
            arguments.add(flag(call.mayBegin()));
            arguments.add(ScriptCall.bytes(Integer.toString(call.records().size())));
            addRecords(arguments, call.records());
        }
        return new ScriptCall(APPEND_MANY, keys, arguments);
    }

    private static void addSettings(List<byte[]> arguments, String runId, byte[] freshEpoch, AppendSettings settings) {
        arguments.add(ScriptCall.bytes(runId));
        arguments.add(freshEpoch);
        arguments.add(ScriptCall.bytes(Long.toString(settings.maximumRecords())));
        arguments.add(ScriptCall.bytes(Long.toString(settings.markBytes())));
        arguments.add(ScriptCall.publishCommand(settings.sharded()));
    }

    private static byte[] flag(boolean isSet) {
        return ScriptCall.bytes(isSet ? "1" : "0");
    }

    private static void addRecords(List<byte[]> arguments, List<PackedRecord> records) {
        for (PackedRecord record : records) {
            arguments.add(flags(record));
            arguments.add(record.body());
        }
    }

    /** Returns what the script puts behind the record's header. */
    static byte[] flags(PackedRecord record) {
        return ScriptCall.bytes(record.awaited() ? " a" : "");
    }
}
