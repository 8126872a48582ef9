package dev.freshet.cache;

import java.util.Optional;

/** What became of a store. */
public sealed interface StoreResult {

    /** The value is in the cache, for as long as its limits say. */
    record Stored() implements StoreResult {
        static final Stored INSTANCE = new Stored();
    }

    /** The value is not in the cache. */
    record Refused(Refusal reason) implements StoreResult {}

    /** Whether the value was kept. */
    default boolean isStored() {
        return this instanceof Stored;
    }

    /** Whether the value was refused as too large. The older one that it was to replace is not kept either. */
    default boolean isTooLarge() {
        return this instanceof Refused refused && refused.reason() == Refusal.TOO_LARGE;
    }

    /** Why the value was not kept; empty if it was. */
    default Optional<Refusal> refusal() {
        return this instanceof Refused refused ? Optional.of(refused.reason()) : Optional.empty();
    }

    /** The result of a store that was kept. */
    static StoreResult stored() {
        return Stored.INSTANCE;
    }

    /** The result of a store that was not kept. */
    static StoreResult refused(Refusal reason) {
        return new Refused(reason);
    }
}
