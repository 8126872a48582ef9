package dev.freshet.bus.internal.tier;

import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The calls of the tier's scripts: the one place that knows the order of their keys and arguments. */
final class TierScripts {

    /** A store is refused if its lease is older. */
    static final Duration LEASE_LIFE = Duration.ofSeconds(60);

    private static final Script READ = Script.load("tier.lua", "tier-read.lua");
    private static final Script STORE = Script.load("tier.lua", "tier-store.lua");
    private static final Script EVICT = Script.load("tier.lua", "tier-evict.lua");

    private TierScripts() {}

    /** Reads a value of a region's tier. */
    static ScriptCall read(RedisNames names, int codecVersion, String runId, long longestMillis, String key) {
        long start = ThreadLocalRandom.current().nextLong(1L << 32);
        return new ScriptCall(
                READ,
                List.of(names.head(), names.value(codecVersion, key), names.fences(0), names.fences(1)),
                List.of(
                        ScriptCall.bytes(runId),
                        ScriptCall.bytes(Long.toString(longestMillis)),
                        ScriptCall.bytes(key),
                        ScriptCall.bytes(Integer.toString(codecVersion)),
                        ScriptCall.bytes(Long.toString(start))));
    }

    /** Stores a value in a region's tier. */
    static ScriptCall store(
            RedisNames names,
            int codecVersion,
            String runId,
            long longestMillis,
            String key,
            TierLease lease,
            TierValue value,
            long lifeMillis) {
        List<byte[]> arguments = new ArrayList<>(12 + value.tags().size());
        arguments.add(ScriptCall.bytes(runId));
        arguments.add(ScriptCall.bytes(Long.toString(longestMillis)));
        arguments.add(ScriptCall.bytes(key));
        arguments.add(ScriptCall.bytes(Position.formatEpoch(lease.head().epoch())));
        arguments.add(ScriptCall.bytes(Long.toString(lease.tick())));
        arguments.add(ScriptCall.bytes(Long.toString(lease.redisMillis())));
        arguments.add(ScriptCall.bytes(Long.toString(LEASE_LIFE.toMillis())));
        arguments.add(ScriptCall.bytes(Long.toString(lifeMillis)));
        arguments.add(ScriptCall.bytes(
                value.version().isPresent() ? Long.toString(value.version().getAsLong()) : "-"));
        arguments.add(ScriptCall.bytes(value.isAbsence() ? "a" : "v"));
        arguments.add(ScriptCall.bytes(Integer.toString(codecVersion)));
        arguments.add(value.bytes());
        value.tags().forEach(tag -> arguments.add(ScriptCall.bytes(tag)));
        return new ScriptCall(
                STORE,
                List.of(names.head(), names.value(codecVersion, key), names.fences(0), names.fences(1)),
                arguments);
    }

    /** Evicts from a region's tier what a record's body selects. */
    static ScriptCall evict(RedisNames names, String runId, byte[] body) {
        return new ScriptCall(
                EVICT, List.of(names.head(), names.fences(0), names.fences(1)), List.of(ScriptCall.bytes(runId), body));
    }
}
