package dev.freshet.spring.internal.transaction;

import dev.freshet.Published;
import dev.freshet.bus.Change;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes what transactions evict and have written. What fails is counted and logged, and keeps nothing else back. */
public final class EvictionPublishing {

    private static final Logger LOG = LoggerFactory.getLogger(EvictionPublishing.class);

    private final Counts counts;

    EvictionPublishing(Counts counts) {
        this.counts = counts;
    }

    /** A change on its way into the log. */
    private record InFlight(CacheRegion region, CompletableFuture<Published> published) {}

    /** Publishes to all regions at the same time. Returns what failed first, after all have been tried. */
    @Nullable
    RuntimeException publish(Map<CacheRegion, EvictionSet> all) {
        List<InFlight> inFlight = new ArrayList<>();
        List<RuntimeException> faults = new ArrayList<>();
        all.forEach((region, evictions) -> {
            for (Change change : evictions.changes()) {
                attempt(
                        region,
                        faults,
                        () -> inFlight.add(new InFlight(region, region.open().invalidateAsync(change))));
            }
        });
        all.forEach((region, evictions) ->
                evictions.written().forEach(written -> attempt(region, faults, () -> written.publish(region))));
        inFlight.forEach(each -> attempt(each.region(), faults, each.published()::join));
        return first(faults);
    }

    /**
     * Like {@link #publish}, without blocking.
     *
     * @param executor runs what blocks: what was written through
     */
    CompletableFuture<Optional<RuntimeException>> publishAsync(Map<CacheRegion, EvictionSet> all, Executor executor) {
        List<RuntimeException> faults = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<?>> parts = new ArrayList<>();
        all.forEach((region, evictions) -> {
            for (Change change : evictions.changes()) {
                attempt(
                        region,
                        faults,
                        () -> parts.add(region.open().invalidateAsync(change).handle((published, fault) -> {
                            attempt(region, faults, () -> throwIfAny(fault));
                            return published;
                        })));
            }
            Collection<Written> written = evictions.written();
            if (!written.isEmpty()) {
                parts.add(CompletableFuture.runAsync(
                        () -> written.forEach(each -> attempt(region, faults, () -> each.publish(region))), executor));
            }
        });
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .handle((done, rejected) -> Optional.ofNullable(first(faults)));
    }

    private static void throwIfAny(@Nullable Throwable fault) {
        if (fault != null) {
            throw fault instanceof RuntimeException runtime ? runtime : new CompletionException(fault);
        }
    }

    private void attempt(CacheRegion region, List<RuntimeException> faults, Runnable attempt) {
        try {
            attempt.run();
        } catch (RuntimeException failed) {
            RuntimeException fault =
                    failed instanceof CompletionException && failed.getCause() instanceof RuntimeException cause
                            ? cause
                            : failed;
            counts.evictionsFailed.increment();
            LOG.error("{}: an eviction failed after the commit; other replicas may keep the old value", region, fault);
            faults.add(fault);
        }
    }

    private static @Nullable RuntimeException first(List<RuntimeException> faults) {
        if (faults.isEmpty()) {
            return null;
        }
        RuntimeException first = faults.get(0);
        faults.stream().filter(fault -> fault != first).forEach(first::addSuppressed);
        return first;
    }
}
