package dev.freshet.proofs.simulation;

import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.simulation.SimulatedReplica.Stored;
import dev.freshet.proofs.simulation.Source.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The loads that a replica's application does itself on a miss, each under its lease. */
final class LeasedLoads {

    private static final int MAX_LOADS = 12;

    /** A load under way: of a row that was read already, or is yet to be. */
    private record Load(String key, Lease lease, @Nullable Row row, int lag, int resets) {}

    private final SimulatedReplica replica;
    private final RegionCache<Stored> cache;
    private final @Nullable CachedRegion<Stored> region;
    private final Promises promises;
    private final World world;
    private final List<Load> loads = new ArrayList<>();

    /** @param region null: there is no tier */
    LeasedLoads(
            SimulatedReplica replica,
            RegionCache<Stored> cache,
            @Nullable CachedRegion<Stored> region,
            Promises promises,
            World world) {
        this.replica = replica;
        this.cache = cache;
        this.region = region;
        this.promises = promises;
        this.world = world;
    }

    /** Reads a key, and begins to load it where it is missing. */
    void read(String key, boolean readsRowNow, int lag) {
        CachedRegion<Stored> tiered = region;
        if (tiered == null) {
            found(key, cache.lookup(key), readsRowNow, lag);
        } else {
            var unused = tiered.lookup(key)
                    .thenAccept(found -> replica.noteBreach(() -> found(key, found, readsRowNow, lag)));
        }
    }

    private void found(String key, Lookup<Stored> found, boolean readsRowNow, int lag) {
        if (found instanceof Lookup.Hit<Stored> hit) {
            promises.read(hit);
        } else if (found instanceof Lookup.Miss<Stored> miss && loads.size() < MAX_LOADS) {
            loads.add(new Load(key, miss.lease(), readsRowNow ? replica.row(key, lag) : null, lag, promises.resets()));
        }
    }

    void finish(SplittableRandom random) {
        if (loads.isEmpty()) {
            return;
        }
        Load load = loads.remove(random.nextInt(loads.size()));
        Row row = load.row == null ? replica.row(load.key, load.lag) : load.row;
        StoreOptions options = StoreOptions.none().tags(row.tags());
        if (Source.isVersioned(load.key)) {
            options = options.version(row.version());
        }
        Stored stored = new Stored(row, load.resets, false);
        boolean asObject = random.nextBoolean();
        StoreResult result = region != null
                ? asObject
                        ? region.store(load.lease, stored, options)
                        : region.store(load.key, load.lease.token(), stored, options)
                : asObject
                        ? cache.store(load.lease, stored, options)
                        : cache.store(load.key, load.lease.token(), stored, options);
        if (result.isStored() && load.resets < promises.resets()) {
            throw new Breach(replica + " stored " + row + " under a lease from before a reset");
        }
        world.trace(replica + " stores " + row + ": " + result);
    }

    /** Stores an older row without a lease, which the region refuses. */
    void storeOlder(String key, int versionsOld) {
        Stored older = new Stored(world.source.readLagging(key, versionsOld), promises.resets(), false);
        cache.store(key, null, older, StoreOptions.none());
    }

    /** Loads from a database that has not heard of the last change, and keeps what that brings. */
    void storeLagging(String key) {
        CachedRegion<Stored> tiered = Objects.requireNonNull(region);
        var unused = tiered.lookup(key).thenAccept(found -> {
            if (found instanceof Lookup.Miss<Stored> miss) {
                Row row = world.source.readLagging(key, 1);
                Stored stored = new Stored(row, promises.resets(), false);
                StoreResult result =
                        tiered.store(miss.lease(), stored, StoreOptions.none().tags(row.tags()));
                world.trace(replica + " stores " + row + ", which lags: " + result);
            }
        });
    }
}
