package dev.freshet.sources;

import dev.freshet.bus.Change;

/** Parses the JSON of a change, as the publisher accepts it over HTTP. Safe to use from any thread. */
@FunctionalInterface
public interface ChangeReader {

    /** The result of reading one text. */
    sealed interface Read {}

    /** A change that can be published. */
    record Valid(String region, Change change) implements Read {}

    /**
     * A text that is not a valid change.
     *
     * @param reason every fault in the text, for people
     */
    record Invalid(String reason) implements Read {}

    /**
     * Reads one text. An invalid text gives {@link Invalid}, never an exception.
     *
     * @param json one object, as {@code POST /v1/invalidations} accepts it
     */
    Read read(String json);
}
