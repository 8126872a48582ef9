package dev.freshet.sources;

import dev.freshet.bus.Change;

/** Reads the text of a change as the publisher takes it over HTTP. Safe to use from any thread. */
@FunctionalInterface
public interface ChangeReader {

    /** What was read. */
    sealed interface Read {}

    /** A change that can be published. */
    record Valid(String region, Change change) implements Read {}

    /**
     * A text that is none.
     *
     * @param reason every fault of it, for people
     */
    record Invalid(String reason) implements Read {}

    /**
     * Reads one text; whatever is wrong with it is an answer, not an exception.
     *
     * @param json one object, as {@code POST /v1/invalidations} takes it
     */
    Read read(String json);
}
