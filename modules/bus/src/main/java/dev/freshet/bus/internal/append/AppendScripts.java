package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;

/** The calls of the append scripts: the one place that knows the order of their keys and arguments. */
public final class AppendScripts {

    /** Appends records to a region. */
    private static final Script APPEND = Script.load("refusals.lua", "tier.lua", "append.lua", "append-one.lua");

    /** Appends records to several regions, which must live in one slot, or on a server without slots. */
    private static final Script APPEND_MANY = Script.load("refusals.lua", "tier.lua", "append.lua", "append-many.lua");

    /** What the append scripts need to know beside the records. */
    public record AppendSettings(long maximumRecords, long markBytes, boolean sharded) {}

    private AppendScripts() {}

    /** Appends records to one region on the server that bears this run_id. */
    public static ScriptCall append(
            RedisNames names, String runId, AppendSettings settings, List<RecordPacker.Packed> records) {
        return append(names, runId, ScriptCall.freshEpoch(), settings, records);
    }

    /** The same, with the epoch that begins if one must. */
    public static ScriptCall append(
            RedisNames names,
            String runId,
            byte[] freshEpoch,
            AppendSettings settings,
            List<RecordPacker.Packed> records) {
        List<byte[]> arguments = new ArrayList<>(6 + 2 * records.size());
        addSettings(arguments, runId, freshEpoch, settings);
        arguments.add(ScriptCall.bytes(names.channel()));
        addRecords(arguments, records);
        return new ScriptCall(APPEND, List.of(names.head(), names.log()), arguments);
    }

    /** Appends records to several regions, all of which live on the server that bears this run_id, without slots. */
    public static ScriptCall append(String runId, AppendSettings settings, List<AppendNode.Call> calls) {
        List<String> keys = new ArrayList<>(2 * calls.size());
        List<byte[]> arguments = new ArrayList<>(5 + 4 * calls.size());
        addSettings(arguments, runId, ScriptCall.freshEpoch(), settings);
        for (AppendNode.Call call : calls) {
            RedisNames names = new RedisNames(call.region());
            keys.add(names.head());
            keys.add(names.log());
            arguments.add(ScriptCall.bytes(names.channel()));
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

    private static void addRecords(List<byte[]> arguments, List<RecordPacker.Packed> records) {
        for (RecordPacker.Packed record : records) {
            arguments.add(flags(record));
            arguments.add(record.body());
        }
    }

    /** Returns what the script puts behind the record's header. */
    public static byte[] flags(RecordPacker.Packed record) {
        return ScriptCall.bytes(record.awaited() ? " a" : "");
    }
}
