package dev.freshet.cache.internal.tier;

import dev.freshet.cache.BulkLoader;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lease;
import dev.freshet.cache.LoadException;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.internal.load.LoadCall;
import dev.freshet.cache.internal.region.LocalRegion;
import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way of a read of several keys: the local cache, then the tier for all that is missing, then one load of the rest. Every key has
 * a lease before it is asked for anywhere.
 */
final class BulkRead<V> {

    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final LocalRegion<V> local;
    private final CachedRegion<V> region;

    /** What is found, in the order of the keys; null: that there is no value. */
    private final Map<String, @Nullable V> found = new LinkedHashMap<>();

    /** Under what may be stored what is missing. These leases end with this read, not with time. */
    private final Map<String, Lease> missing = new LinkedHashMap<>();

    private final List<Lease> leases = new ArrayList<>();

    BulkRead(LocalRegion<V> local, CachedRegion<V> region) {
        this.local = local;
        this.region = region;
    }

    Map<String, V> get(Collection<String> keys, BulkLoader<V> loader) {
        keys.forEach(key -> Syntax.requireName("key", key)); // before any lease is handed out
        try {
            keys.forEach(this::find);
            readBehind();
            if (!missing.isEmpty()) {
                load(loader);
            }
        } finally {
            leases.forEach(region::release);
        }
        Map<String, V> values = new LinkedHashMap<>();
        found.forEach((key, value) -> {
            if (value != null) {
                values.put(key, value);
            }
        });
        return Collections.unmodifiableMap(values);
    }

    private void find(String key) {
        if (found.containsKey(key)) {
            return;
        }
        Optional<Lookup.Hit<V>> hit = local.find(key);
        found.put(key, hit.map(Lookup.Hit::value).orElse(null)); // keeps its place
        if (hit.isEmpty()) {
            missing.put(key, lease(key));
        }
    }

    private Lease lease(String key) {
        Lease lease = local.leaseForLoad(key);
        leases.add(lease);
        return lease;
    }

    /** Asks for all keys before it waits for any, so that they share a round trip. */
    private void readBehind() {
        Map<String, CompletableFuture<Lookup<V>>> answers = new LinkedHashMap<>();
        missing.forEach((key, lease) -> answers.put(
                key, region.behind(key, new Lookup.Miss<>(lease, local.state(), local.confirmedAgeNanos()))));
        answers.forEach((key, answer) -> {
            Lookup<V> behind = answer.join();
            if (behind instanceof Lookup.Hit<V> hit) {
                found.put(key, hit.value());
                missing.remove(key);
            } else if (behind instanceof Lookup.Miss<V> miss && miss.lease() != missing.get(key)) {
                region.release(miss.lease()); // it expires; the one before is dead
                missing.put(key, lease(key));
            }
        });
    }

    private void load(BulkLoader<V> loader) {
        Map<String, LoadCall> calls = new LinkedHashMap<>();
        missing.keySet().forEach(key -> calls.put(key, new LoadCall()));
        long startedNanos = local.time().nanoTime();
        Map<String, V> loaded;
        try {
            loaded = Objects.requireNonNull(
                    loader.load(Collections.unmodifiableSet(calls.keySet()), key -> callOf(calls, key)),
                    "the loader returned null");
        } catch (Throwable fault) {
            local.loaded(local.time().nanoTime() - startedNanos, true);
            failed(fault);
            return;
        }
        local.loaded(local.time().nanoTime() - startedNanos, false);
        calls.forEach((key, call) -> keep(key, loaded.get(key), call));
    }

    private static LoadCall callOf(Map<String, LoadCall> calls, String key) {
        LoadCall call = calls.get(key);
        if (call == null) {
            throw new IllegalArgumentException("key \"" + key + "\" is not among those that are loaded");
        }
        return call;
    }

    private void keep(String key, @Nullable V value, LoadCall call) {
        found.put(key, value);
        Lease lease = Objects.requireNonNull(missing.get(key));
        if (!call.keeps(value == null)) {
            region.release(lease);
        } else if (value == null) {
            region.storeAbsence(lease, call.options());
        } else {
            region.store(lease, value, call.options());
        }
    }

    /** Returns if there is a copy in place of every value that is missing. */
    private void failed(Throwable fault) {
        LoadException failed = new LoadException("the load of " + missing.size() + " keys failed", fault);
        if (fault instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            throw failed;
        }
        if (fault instanceof Error error) {
            throw error;
        }
        for (String key : missing.keySet()) {
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
