package dev.freshet.sources;

import dev.freshet.sources.rules.TableName;

/**
 * Hears what sources do; for metrics. Called on their threads: implementations return at once and do not throw.
 *
 * <p>{@code source} is the name that the configuration gives it.
 */
public interface SourceListener {

    /** Hears nothing. */
    SourceListener NONE = new SourceListener() {};

    /** Changes were published and acknowledged. */
    default void published(String source, int changes) {}

    /** Changes that were not acknowledged will be published again. */
    default void retried(String source, int changes) {}

    /** The source failed, or could not start; it will be tried again. */
    default void failed(String source) {}

    /** Rows of an outbox could not be read, and were put aside. */
    default void quarantined(String source, int rows) {}

    /** Rows changed in a table that no rule is about. */
    default void unmapped(String source, TableName table) {}

    /** A rule could not say what to invalidate, and all of its region was invalidated instead. */
    default void broadened(String source, String region) {}

    /** All of a region was invalidated because changes may have been missed. */
    default void regionReset(String source, String region) {}

    /** Why changes may have been missed where nobody keeps them. */
    enum Gap {
        /** Nobody listened before. */
        START,
        /** The connection was lost, or the server was another one. */
        CONNECTION,
        /** More was heard than could be published. */
        OVERFLOW
    }

    /** Changes may have been missed; the regions that this concerns are told as {@link #regionReset}. */
    default void gap(String source, Gap why) {}

    /** So many names wait to be published. */
    default void pending(String source, int names) {}
}
