package dev.freshet.cache;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Takes what a {@link Loader} has to say about its value. To be used by the loading thread, during the load. */
public final class LoadContext {

    private StoreOptions options = StoreOptions.none();
    private boolean cachesAbsence;
    private boolean stores = true;
    private @Nullable Runnable onStored;

    public LoadContext() {}

    /** Adds tags; see {@link StoreOptions#tags(Collection)}. */
    public LoadContext tags(String... tags) {
        options = options.tags(tags);
        return this;
    }

    /** Adds tags; see {@link StoreOptions#tags(Collection)}. */
    public LoadContext tags(Collection<String> tags) {
        options = options.tags(tags);
        return this;
    }

    /** See {@link StoreOptions#ttl(Duration)}. */
    public LoadContext ttl(Duration ttl) {
        options = options.ttl(ttl);
        return this;
    }

    /** See {@link StoreOptions#deadline(Instant)}. */
    public LoadContext deadline(Instant deadline) {
        options = options.deadline(deadline);
        return this;
    }

    /** See {@link StoreOptions#version(long)}. */
    public LoadContext version(long version) {
        options = options.version(version);
        return this;
    }

    /**
     * Caches that there is no value, should the load return null. A row that does not exist has told nobody its tags: an
     * invalidation that announces its creation must name the key or a prefix.
     */
    public LoadContext cacheAbsence() {
        cachesAbsence = true;
        return this;
    }

    /** Returns the value to the callers of this load and keeps nothing. */
    public LoadContext doNotStore() {
        stores = false;
        return this;
    }

    /** Takes over what another tier knows of the value. */
    void adopt(StoreOptions known, boolean isAbsence) {
        options = known;
        cachesAbsence = isAbsence;
    }

    /** Runs this when the value is stored. */
    void onStored(Runnable then) {
        onStored = then;
    }

    public void stored() {
        if (onStored != null) {
            onStored.run();
        }
    }

    public StoreOptions options() {
        return options;
    }

    public boolean keeps(boolean absence) {
        return stores && (!absence || cachesAbsence);
    }
}
