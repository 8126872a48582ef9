package dev.freshet.sources;

import dev.freshet.sources.rules.TableName;
import java.time.Duration;

/**
 * Receives the events of sources, for metrics. Sources call it on their own threads: implementations must return at once and
 * must not throw.
 *
 * <p>{@code source} is the source's name in the configuration.
 */
public interface SourceListener {

    /** Ignores every event. */
    SourceListener NONE = new SourceListener() {};

    /** The publisher acknowledged this number of changes. */
    default void published(String source, int changes) {}

    /** This number of changes was not acknowledged. The source publishes them again. */
    default void retried(String source, int changes) {}

    /** The source failed or could not start. It is started again. */
    default void failed(String source) {}

    /** This number of outbox rows could not be read and was put aside. */
    default void quarantined(String source, int rows) {}

    /** A row changed in a table that no rule names. */
    default void unmapped(String source, TableName table) {}

    /** A rule could not be evaluated, so its whole region was invalidated. */
    default void broadened(String source, String region) {}

    /** A whole region was invalidated, because changes may have been missed. */
    default void regionReset(String source, String region) {}

    /** Why a source without an offset may have missed changes. */
    enum Gap {
        /** The source has just started. */
        START,
        /** The connection was lost, or another server answered. */
        CONNECTION,
        /** More changes arrived than could be published. */
        OVERFLOW
    }

    /** Changes may have been missed. {@link #regionReset} follows for each region concerned. */
    default void gap(String source, Gap why) {}

    /** Why a message of a channel invalidated nothing, or less than it names. */
    enum Rejection {
        /** No rule matches it, or a part of it. */
        UNMATCHED,
        /** It is not valid UTF-8. */
        ENCODING,
        /** It is not JSON, or has no value at the rule's path. */
        JSON,
        /** It is longer than a message may be. */
        SIZE,
        /** It names a key, tag or prefix that no entry can have. */
        NAME
    }

    /** A message, or a part of it, was not understood. */
    default void rejected(String source, Rejection why) {}

    /** This number of messages was published for invalidations. */
    default void relayed(String source, int messages) {}

    /** Invalidations of a region could not be said as messages: applications that listen keep what these concern. */
    default void unrelayed(String source, String region) {}

    /** A batch was held back for this time, because the database did not show its changes to new readers yet. */
    default void visibilityWaited(String source, Duration waited) {}

    /**
     * The source measured how far it is behind its database's log.
     *
     * @param bytes of the log that are not acknowledged
     * @param behind the age of the oldest end of the log that is not acknowledged; zero if none is
     */
    default void lag(String source, long bytes, Duration behind) {}

    /** The source acknowledged what its database's log had held a while ago, or all of the log. */
    default void progressed(String source) {}

    /** This number of names waits to be published. */
    default void pending(String source, int names) {}
}
