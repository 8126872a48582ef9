package dev.freshet.proofs.simulation;

import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.LoadContext;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.simulation.SimulatedReplica.Stored;
import dev.freshet.proofs.simulation.Source.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What a replica's application gets through its region, which lets one replica of all load what is missing. */
final class RegionLoads {

    static final Duration LONGEST_WAIT = Duration.ofMillis(300);

    private static final int MAX_CALLERS = 12;

    /** A load under way: of a row that was read already, or is yet to be. */
    private record Load(
            String key,
            LoadContext context,
            @Nullable Row row,
            int lag,
            int resets,
            CompletableFuture<Stored> result) {}

    /** Somebody who waits, and what the value must be at least. */
    private record Caller(CompletableFuture<@Nullable Stored> answer, Promises.Floor floor) {}

    private final SimulatedReplica replica;
    private final CachedRegion<Stored> region;
    private final Promises promises;
    private final World world;
    private final boolean takesCopies;
    private final List<Load> loads = new ArrayList<>();
    private final List<Caller> callers = new ArrayList<>();

    /** @param takesCopies whether a load that fails may bring what is not valid any more */
    RegionLoads(
            SimulatedReplica replica,
            CachedRegion<Stored> region,
            Promises promises,
            World world,
            boolean takesCopies) {
        this.replica = replica;
        this.region = region;
        this.promises = promises;
        this.world = world;
        this.takesCopies = takesCopies;
    }

    /** Gets a key, from wherever it is. */
    void get(String key, boolean readsRowNow, int lag) {
        if (callers.size() >= MAX_CALLERS) {
            return;
        }
        Promises.Floor floor = promises.floor(key);
        callers.add(new Caller(
                region.getAsync(key, (missed, context) -> {
                    world.trace(replica + " begins to load " + missed);
                    Load load = new Load(
                            missed,
                            context,
                            readsRowNow ? replica.row(missed, lag) : null,
                            lag,
                            promises.resets(),
                            new CompletableFuture<>());
                    loads.add(load);
                    return load.result;
                }),
                floor));
        look();
    }

    /** One of the loads ends: with a row, without one to keep, or with a fault. */
    void finish(SplittableRandom random) {
        if (!loads.isEmpty()) {
            finish(loads.remove(random.nextInt(loads.size())), random.nextInt(8));
        }
    }

    void finishAll() {
        while (!loads.isEmpty()) {
            finish(loads.remove(0), 7);
        }
        look();
    }

    @SuppressWarnings("ReferenceEquality") // an entry that a reset spared may be equal
    private void finish(Load load, int how) {
        if (how == 0) {
            world.trace(replica + " fails to load " + load.key);
            load.result.completeExceptionally(new IllegalStateException("the source fails"));
            look();
            return;
        }
        Row row = load.row == null ? replica.row(load.key, load.lag) : load.row;
        load.context.tags(row.tags());
        if (Source.isVersioned(load.key)) {
            load.context.version(row.version());
        }
        if (how == 1) {
            load.context.doNotStore();
        }
        world.trace(replica + " has loaded " + row);
        Stored stored = new Stored(row, load.resets, false);
        load.result.complete(stored);
        if (load.resets < promises.resets() && region.local().getIfPresent(load.key) == stored) {
            throw new Breach(replica + " keeps " + row + ", whose load began before a reset");
        }
        look();
    }

    /** Checks what callers were answered. */
    void look() {
        for (Caller caller : List.copyOf(callers)) {
            if (caller.answer.isDone()) {
                callers.remove(caller);
                Stored stored = caller.answer.isCompletedExceptionally() ? null : caller.answer.getNow(null);
                if (stored != null && !takesCopies) {
                    promises.got(stored, caller.floor);
                }
            }
        }
    }

    /** Checks that nobody waits any more. */
    void requireEnded() {
        look();
        if (!callers.isEmpty()) {
            throw new Breach(replica + " waits for ever for what it loads, or another replica");
        }
    }
}
