package dev.freshet.cache;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A load in flight. */
final class Flight<V> {

    final Lease lease;
    final Thread loader;
    final long startedNanos;

    /** Whether it is to replace an entry that is there: nobody waits for it. */
    final boolean refreshes;

    final CompletableFuture<@Nullable V> result = new CompletableFuture<>();

    Flight(Lease lease, Thread loader, long startedNanos, boolean refreshes) {
        this.lease = lease;
        this.loader = loader;
        this.startedNanos = startedNanos;
        this.refreshes = refreshes;
    }
}
