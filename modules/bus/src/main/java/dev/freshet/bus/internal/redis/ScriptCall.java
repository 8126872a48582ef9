package dev.freshet.bus.internal.redis;

import dev.freshet.bus.internal.append.AppendNode;
import dev.freshet.bus.internal.append.RecordPacker;
import dev.freshet.bus.internal.tier.PipelinedTier;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import redis.clients.jedis.CommandArguments;

/**
 * One call of a {@link Script}: the one place that knows the order of its keys and arguments, which each script states in
 * its head.
 */
public record ScriptCall(Script script, List<String> keys, List<byte[]> arguments) {

    /** What the append script needs to know beside the records. */
    public record AppendSettings(long maximumRecords, long markBytes, boolean sharded) {}

    /** A region as the heartbeat script sees it: its name, and the member's row for it. */
    public record RegionRow(RedisNames names, String row) {}

    /** Appends records to one region on the server that bears this run_id. */
    public static ScriptCall append(
            RedisNames names, String runId, AppendSettings settings, List<RecordPacker.Packed> records) {
        return append(names, runId, freshEpoch(), settings, records);
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
        arguments.add(bytes(names.channel()));
        addRecords(arguments, records);
        return new ScriptCall(Script.APPEND, List.of(names.head(), names.log()), arguments);
    }

    /** Appends records to several regions, all of which live on the server that bears this run_id, without slots. */
    public static ScriptCall append(String runId, AppendSettings settings, List<AppendNode.Call> calls) {
        List<String> keys = new ArrayList<>(2 * calls.size());
        List<byte[]> arguments = new ArrayList<>(5 + 4 * calls.size());
        addSettings(arguments, runId, freshEpoch(), settings);
        for (AppendNode.Call call : calls) {
            RedisNames names = new RedisNames(call.region());
            keys.add(names.head());
            keys.add(names.log());
            arguments.add(bytes(names.channel()));
            arguments.add(bytes(Integer.toString(call.records().size())));
            addRecords(arguments, call.records());
        }
        return new ScriptCall(Script.APPEND_MANY, keys, arguments);
    }

    private static void addSettings(List<byte[]> arguments, String runId, byte[] freshEpoch, AppendSettings settings) {
        arguments.add(bytes(runId));
        arguments.add(freshEpoch);
        arguments.add(bytes(Long.toString(settings.maximumRecords())));
        arguments.add(bytes(Long.toString(settings.markBytes())));
        arguments.add(publish(settings.sharded()));
    }

    private static void addRecords(List<byte[]> arguments, List<RecordPacker.Packed> records) {
        for (RecordPacker.Packed record : records) {
            arguments.add(flags(record));
            arguments.add(record.body());
        }
    }

    /** Returns what the script puts behind the record's header. */
    public static byte[] flags(RecordPacker.Packed record) {
        return bytes(record.awaited() ? " a" : "");
    }

    /** Reads the heads of regions on the server that bears this run_id, and sends them to the member's own channel. */
    public static ScriptCall heartbeat(
            String memberId,
            String memberChannel,
            boolean sharded,
            long heartbeat,
            String runId,
            List<RegionRow> regions) {
        List<String> keys = new ArrayList<>(3 * regions.size());
        List<byte[]> arguments = new ArrayList<>(5 + 3 * regions.size());
        arguments.add(bytes(memberId));
        arguments.add(bytes(memberChannel));
        arguments.add(publish(sharded));
        arguments.add(bytes(Long.toString(heartbeat)));
        arguments.add(bytes(runId));
        for (RegionRow region : regions) {
            RedisNames names = region.names();
            keys.add(names.head());
            keys.add(names.log());
            keys.add(names.members());
            arguments.add(bytes(names.region()));
            arguments.add(freshEpoch());
            arguments.add(bytes(region.row()));
        }
        return new ScriptCall(Script.HEARTBEAT, keys, arguments);
    }

    /** Reads a value of a region's tier. */
    public static ScriptCall tierRead(RedisNames names, String runId, long longestMillis, String key) {
        return new ScriptCall(
                Script.TIER_READ,
                List.of(names.head(), names.value(key), names.fences(0), names.fences(1)),
                List.of(bytes(runId), bytes(Long.toString(longestMillis)), bytes(key)));
    }

    /** Stores a value in a region's tier. */
    public static ScriptCall tierStore(
            RedisNames names,
            String runId,
            long longestMillis,
            String key,
            TierLease lease,
            TierValue value,
            long lifeMillis) {
        List<byte[]> arguments = new ArrayList<>(11 + value.tags().size());
        arguments.add(bytes(runId));
        arguments.add(bytes(Long.toString(longestMillis)));
        arguments.add(bytes(key));
        arguments.add(bytes(Position.formatEpoch(lease.head().epoch())));
        arguments.add(bytes(Long.toString(lease.tick())));
        arguments.add(bytes(Long.toString(lease.redisMillis())));
        arguments.add(bytes(Long.toString(PipelinedTier.LEASE_LIFE.toMillis())));
        arguments.add(bytes(Long.toString(lifeMillis)));
        arguments.add(bytes(
                value.version().isPresent() ? Long.toString(value.version().getAsLong()) : "-"));
        arguments.add(bytes(value.isAbsence() ? "a" : "v"));
        arguments.add(value.bytes());
        value.tags().forEach(tag -> arguments.add(bytes(tag)));
        return new ScriptCall(
                Script.TIER_STORE,
                List.of(names.head(), names.value(key), names.fences(0), names.fences(1)),
                arguments);
    }

    /** Evicts from a region's tier what a record's body selects. */
    public static ScriptCall tierEvict(RedisNames names, String runId, byte[] body) {
        return new ScriptCall(
                Script.TIER_EVICT,
                List.of(names.head(), names.fences(0), names.fences(1)),
                List.of(bytes(runId), body));
    }

    /** Runs it and returns its reply. Blocks for at most the connection's timeout, twice if the script must be sent. */
    public Object run(RedisConnection connection) {
        return script.run(connection, keys, arguments);
    }

    /** Returns the call that is short but may be answered with NOSCRIPT. */
    public CommandArguments byDigest() {
        return script.byDigest(keys, arguments);
    }

    /** Returns the call that always works. */
    public CommandArguments byText() {
        return script.byText(keys, arguments);
    }

    /** Returns an epoch that nobody else has, as it is written. */
    public static byte[] freshEpoch() {
        return bytes(Position.formatEpoch(ThreadLocalRandom.current().nextLong()));
    }

    private static byte[] publish(boolean sharded) {
        return bytes(sharded ? "SPUBLISH" : "PUBLISH");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
