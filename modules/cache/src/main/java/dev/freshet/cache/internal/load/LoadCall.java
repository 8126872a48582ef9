package dev.freshet.cache.internal.load;

import dev.freshet.cache.LoadContext;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One call of a loader, or of a write-through, and what it said about the value. Used by one thread. */
public final class LoadCall implements LoadContext {

    private StoreOptions options = StoreOptions.none();
    private boolean cachesAbsence;
    private boolean stores = true;
    private @Nullable Consumer<@Nullable StoreResult> onEnd;

    /** The call behind a context. The cache gives loaders no other contexts than these. */
    public static LoadCall of(LoadContext context) {
        return (LoadCall) context;
    }

    @Override
    public LoadCall tags(String... tags) {
        options = options.tags(tags);
        return this;
    }

    @Override
    public LoadCall tags(Collection<String> tags) {
        options = options.tags(tags);
        return this;
    }

    @Override
    public LoadCall ttl(Duration ttl) {
        options = options.ttl(ttl);
        return this;
    }

    @Override
    public LoadCall deadline(Instant deadline) {
        options = options.deadline(deadline);
        return this;
    }

    @Override
    public LoadCall version(long version) {
        options = options.version(version);
        return this;
    }

    @Override
    public LoadCall cacheAbsence() {
        cachesAbsence = true;
        return this;
    }

    @Override
    public LoadCall doNotStore() {
        stores = false;
        return this;
    }

    /** Takes over what another tier knows of the value. */
    public void adopt(StoreOptions known, boolean isAbsence) {
        options = known;
        cachesAbsence = isAbsence;
    }

    /** Says who is told what became of the value, when the load ends: null if it failed, or if nothing was to be kept. */
    public void onEnd(Consumer<@Nullable StoreResult> then) {
        onEnd = then;
    }

    /** Tells the tier what became of the value. */
    void ended(@Nullable StoreResult result) {
        if (onEnd != null) {
            onEnd.accept(result);
        }
    }

    /** What was said about the value so far. */
    public StoreOptions options() {
        return options;
    }

    /** Whether the value, or its absence, is to be kept. */
    public boolean keeps(boolean absence) {
        return stores && (!absence || cachesAbsence);
    }
}
