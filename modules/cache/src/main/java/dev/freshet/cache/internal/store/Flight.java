package dev.freshet.cache.internal.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A load in flight. */
public final class Flight<V> {

    public final IssuedLease lease;
    public final Thread loader;
    public final long startedNanos;

    /** Whether it is to replace an entry that is there: nobody waits for it. */
    public final boolean refreshes;

    public final CompletableFuture<@Nullable V> result = new CompletableFuture<>();

    public Flight(IssuedLease lease, Thread loader, long startedNanos, boolean refreshes) {
        this.lease = lease;
        this.loader = loader;
        this.startedNanos = startedNanos;
        this.refreshes = refreshes;
    }
}
