package dev.freshet.cache.internal.tier;

import dev.freshet.bus.tier.TierClaim;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.cache.BulkLoader;
import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.cache.internal.tier.LoadTurns.Turn;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of a read of several keys: the local cache, then the tier for all that is missing, then one load of the rest. Every key has
 * a lease before it is asked for anywhere. What other replicas are loading is awaited after that, and loaded in a second step if it does
 * not come: of two that load the same keys, neither waits for the other before it has loaded its own.
 */
final class BulkRead<V> {

    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    /** Says that nothing was asked behind the cache. */
    private static final Turn NOT_ASKED = new Turn(new TierRead.Unavailable("not asked"), 0, null, false);

    private final LocalRegion<V> local;
    private final @Nullable Tiering<V> tier;
    private final @Nullable LoadTurns turns;

    /** What is found, in the order of the keys; null: that there is no value. */
    private final Map<String, @Nullable V> found;

    /** Under what is stored what is missing. These leases end with this read, not with time. */
    private final Map<String, Lease> leases = new LinkedHashMap<>();

    /** What was asked behind the cache, and whose answer was not used yet. */
    private final Map<String, LoadTurn> asked = new LinkedHashMap<>();

    /** What this read is to load, and nobody else, until these claims are ended. */
    private final Map<String, TierClaim> claims = new LinkedHashMap<>();

    /** @param tier null, as are the turns: there is none */
    private BulkRead(
            LocalRegion<V> local,
            @Nullable Tiering<V> tier,
            @Nullable LoadTurns turns,
            Map<String, @Nullable V> found) {
        this.local = local;
        this.tier = tier;
        this.turns = turns;
        this.found = found;
    }

    /** @param tier null, as are the turns: there is none */
    static <V> Map<String, V> get(
            Collection<String> keys,
            BulkLoader<V> loader,
            LocalRegion<V> local,
            @Nullable Tiering<V> tier,
            @Nullable LoadTurns turns) {
        Map<String, @Nullable V> found = new LinkedHashMap<>(keys.size() * 4 / 3 + 1);
        Set<String> missing = local.findAll(keys, found);
        if (!missing.isEmpty()) {
            new BulkRead<>(local, tier, turns, found).readBehind(missing, loader);
        }
        return Collections.unmodifiableMap(present(found));
    }

    /** The values that there are. Most often these are all, which takes no copy. */
    @SuppressWarnings("NullAway") // no null is left
    private static <V> Map<String, V> present(Map<String, @Nullable V> found) {
        found.values().removeIf(Objects::isNull);
        return found;
    }

    private void readBehind(Set<String> keys, BulkLoader<V> loader) {
        keys.forEach(key -> Syntax.requireName("key", key)); // before any lease is handed out
        try {
            keys.forEach(key -> leases.put(key, local.leaseForLoad(key)));
            load(turnsThatCame(), loader);
            load(laterTurns(), loader);
        } finally {
            asked.values().forEach(LoadTurn::giveUp);
            List.copyOf(claims.keySet()).forEach(this::endClaim);
            leases.values().forEach(local::release);
        }
    }

    private void endClaim(String key) {
        TierClaim claim = claims.remove(key);
        if (tier != null) {
            tier.release(key, claim);
        }
    }

    /** Asks for all keys before it waits for any, so that they share a round trip. Returns those that are to be loaded now. */
    private Map<String, Turn> turnsThatCame() {
        LoadTurns behind = turns;
        Map<String, Turn> loads = new LinkedHashMap<>();
        if (behind == null || local.state() == ServingState.BYPASSED) {
            leases.keySet().forEach(key -> loads.put(key, NOT_ASKED));
            return loads;
        }
        leases.keySet().forEach(key -> asked.put(key, behind.take(key)));
        List.copyOf(asked.keySet()).forEach(key -> {
            LoadTurn turn = Objects.requireNonNull(asked.get(key));
            if (turn.hasCome()) {
                take(key, turn.turn().join(), loads);
            }
        });
        return loads;
    }

    /** Waits for what others load. Returns what they have not brought. */
    private Map<String, Turn> laterTurns() {
        Map<String, Turn> loads = new LinkedHashMap<>();
        List.copyOf(asked.keySet()).forEach(key -> {
            try {
                take(key, Objects.requireNonNull(asked.get(key)).await(), loads);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new LoadException(
                        "interrupted while waiting for another replica's load of key \"" + key + "\"", interrupted);
            }
        });
        return loads;
    }

    /** Takes what was read, or adds the key to those that are to be loaded. */
    private void take(String key, Turn turn, Map<String, Turn> loads) {
        asked.remove(key);
        TierClaim claim = turn.claim();
        if (claim != null) {
            claims.put(key, claim);
        }
        Tiering.Fill<V> fill = tier == null ? null : tier.fill(turn.read(), turn.askedMicros());
        if (turns != null) {
            turns.used(turn, fill != null);
        }
        if (fill == null) {
            loads.put(key, turn);
        } else {
            found.put(key, fill.value());
            storeHere(key, fill.value(), fill.options());
        }
    }

    private StoreResult storeHere(String key, @Nullable V value, StoreOptions options) {
        Lease lease = Objects.requireNonNull(leases.get(key));
        return value == null ? local.storeAbsence(lease, options) : local.store(lease, value, options);
    }

    private void load(Map<String, Turn> loads, BulkLoader<V> loader) {
        if (loads.isEmpty()) {
            return;
        }
        Map<String, LoadCall> calls = new LinkedHashMap<>();
        loads.keySet().forEach(key -> calls.put(key, new LoadCall()));
        long startedNanos = local.time().nanoTime();
        Map<String, V> loaded;
        try {
            loaded = Objects.requireNonNull(
                    loader.load(Collections.unmodifiableSet(calls.keySet()), key -> callOf(calls, key)),
                    "the loader returned null");
        } catch (Throwable fault) {
            local.loaded(local.time().nanoTime() - startedNanos, true);
            loads.keySet().forEach(this::endClaim);
            failed(fault, loads.keySet());
            return;
        }
        local.loaded(local.time().nanoTime() - startedNanos, false);
        calls.forEach((key, call) -> keep(key, loaded.get(key), call, Objects.requireNonNull(loads.get(key))));
    }

    private static LoadCall callOf(Map<String, LoadCall> calls, String key) {
        LoadCall call = calls.get(key);
        if (call == null) {
            throw new IllegalArgumentException("key \"" + key + "\" is not among those that are loaded");
        }
        return call;
    }

    private void keep(String key, @Nullable V value, LoadCall call, Turn turn) {
        found.put(key, value);
        StoreOptions options = tier == null ? call.options() : tier.bounded(call.options());
        StoreResult result = call.keeps(value == null) ? storeHere(key, value, options) : null;
        if (tier != null) {
            claims.remove(key);
            tier.loaded(key, Tiering.leaseOf(turn.read()), value, options, turn.claim(), result);
        }
    }

    /** Returns if there is a copy in place of every value that was to be loaded. */
    private void failed(Throwable fault, Set<String> keys) {
        LoadException failed = new LoadException(
                "region \"" + local.region() + "\": the load of " + keys.size() + " keys failed, of which \""
                        + keys.iterator().next() + "\" is the first",
                fault);
        if (fault instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            throw failed;
        }
        if (fault instanceof Error error) {
            throw error;
        }
        for (String key : keys) {
            Lookup<V> copy = local.lookupAfterFailure(key, FOR_EVER);
            if (copy instanceof Lookup.Hit<V> hit) {
                found.put(key, hit.value());
            } else if (copy instanceof Lookup.Miss<V> miss) {
                local.release(miss.lease());
                throw failed;
            }
        }
    }
}
