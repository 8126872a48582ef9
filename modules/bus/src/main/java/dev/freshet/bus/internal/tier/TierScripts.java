package dev.freshet.bus.internal.tier;

import dev.freshet.bus.internal.redis.Script;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The calls of the tier's scripts: the one place that knows the order of their keys and arguments. */
final class TierScripts {

    /** A store is refused if its lease is older. */
    static final Duration LEASE_LIFE = Duration.ofSeconds(60);

    private static final Script READ = Script.load("tier.lua", "tier-read.lua");
    private static final Script STORE = Script.load("tier.lua", "tier-store.lua");
    private static final Script EVICT = Script.load("tier.lua", "tier-evict.lua");
    private static final Script RELEASE = Script.load("tier.lua", "tier-release.lua");

    private TierScripts() {}

    /** Reads a value of a region's tier. With a claim, claims the load of a value that is missing. */
    static ScriptCall read(
            RedisNames names,
            int codecVersion,
            String runId,
            long longestMillis,
            String key,
            @Nullable TierClaim claim) {
        long start = ThreadLocalRandom.current().nextLong(1L << 32);
        List<byte[]> arguments = new ArrayList<>(7);
        arguments.add(ScriptCall.bytes(runId));
        arguments.add(ScriptCall.bytes(Long.toString(longestMillis)));
        arguments.add(ScriptCall.bytes(key));
        arguments.add(ScriptCall.bytes(Integer.toString(codecVersion)));
        arguments.add(ScriptCall.bytes(Long.toString(start)));
        if (claim != null) {
            arguments.add(ScriptCall.bytes(claim.name()));
            arguments.add(ScriptCall.bytes(Long.toString(claim.life().toMillis())));
        }
        return new ScriptCall(READ, keys(names, codecVersion, key), arguments);
    }

    private static List<String> keys(RedisNames names, int codecVersion, String key) {
        return List.of(
                names.head(),
                names.value(codecVersion, key),
                names.fences(0),
                names.fences(1),
                names.loading(codecVersion, key));
    }

    /** Ends the claim of a load. */
    static ScriptCall release(RedisNames names, int codecVersion, String key, TierClaim claim) {
        return new ScriptCall(
                RELEASE, List.of(names.loading(codecVersion, key)), List.of(ScriptCall.bytes(claim.name())));
    }

    /** Stores a value in a region's tier, and ends the claim under which it was loaded. */
    static ScriptCall store(
            RedisNames names,
            int codecVersion,
            String runId,
            long longestMillis,
            String key,
            TierLease lease,
            TierValue value,
            long lifeMillis,
            @Nullable TierClaim claim) {
        List<byte[]> arguments = new ArrayList<>(13 + value.tags().size());
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
        arguments.add(ScriptCall.bytes(claim == null ? "-" : claim.name()));
        value.tags().forEach(tag -> arguments.add(ScriptCall.bytes(tag)));
        return new ScriptCall(STORE, keys(names, codecVersion, key), arguments);
    }

    /** Evicts from a region's tier what a record's body selects. */
    static ScriptCall evict(RedisNames names, String runId, byte[] body) {
        return new ScriptCall(
                EVICT, List.of(names.head(), names.fences(0), names.fences(1)), List.of(ScriptCall.bytes(runId), body));
    }
}
