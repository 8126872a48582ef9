package dev.freshet.bus.internal.follow;

import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.schema.RedisNames;
import java.util.ArrayList;
import java.util.List;

/** The call of the heartbeat script: the one place that knows the order of its keys and arguments. */
public final class HeartbeatScript {

    private static final Script HEARTBEAT = Script.load("refusals.lua", "heartbeat.lua");

    /** A region as the heartbeat script sees it: its name, and the member's row for it. */
    public record RegionRow(RedisNames names, String row) {}

    private HeartbeatScript() {}

    /** Reads the heads of regions on the server that bears this run_id, and sends them to the member's own channel. */
    public static ScriptCall call(
            String memberId,
            String memberChannel,
            boolean sharded,
            long heartbeat,
            String runId,
            List<RegionRow> regions) {
        List<String> keys = new ArrayList<>(3 * regions.size());
        List<byte[]> arguments = new ArrayList<>(5 + 3 * regions.size());
        arguments.add(ScriptCall.bytes(memberId));
        arguments.add(ScriptCall.bytes(memberChannel));
        arguments.add(ScriptCall.publishCommand(sharded));
        arguments.add(ScriptCall.bytes(Long.toString(heartbeat)));
        arguments.add(ScriptCall.bytes(runId));
        for (RegionRow region : regions) {
            RedisNames names = region.names();
            keys.add(names.head());
            keys.add(names.log());
            keys.add(names.members());
            arguments.add(ScriptCall.bytes(names.region()));
            arguments.add(ScriptCall.freshEpoch());
            arguments.add(ScriptCall.bytes(region.row()));
        }
        return new ScriptCall(HEARTBEAT, keys, arguments);
    }
}
