package dev.freshet.cache.internal.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A load in flight. */
public final class Flight<V> {

    public final IssuedLease lease;
    public final long startedNanos;

    /** Who loads; null until the load begins. Written with the key's stripe held. */
    public volatile @Nullable Thread loader;

    /** Whether the load takes too long, so that nobody waits for it any more. Guarded by the key's stripe. */
    public boolean isAbandoned;

    /** Whether its load holds no thread, so that nobody can take it over or wait for itself. Written before others see the flight. */
    public boolean isAsync;

    /** Whether it is to replace an entry that is there: nobody waits for it. */
    public final boolean refreshes;

    public final CompletableFuture<@Nullable V> result = new CompletableFuture<>();

    /** Whether something loads. To be called with the key's stripe held. */
    public boolean hasBegun() {
        return isAsync || loader != null;
    }

    public Flight(IssuedLease lease, long startedNanos, boolean refreshes) {
        this.lease = lease;
        this.startedNanos = startedNanos;
        this.refreshes = refreshes;
    }
}
