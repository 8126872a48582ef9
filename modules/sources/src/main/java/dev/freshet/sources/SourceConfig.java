package dev.freshet.sources;

import dev.freshet.sources.rules.RuleSet;
import java.time.Duration;

/**
 * How one source is read.
 *
 * @param name how it is called in metrics, logs and where its offset is kept
 * @param kind what it is
 * @param database where
 * @param table the outbox's table
 * @param pollInterval how long an outbox waits for new rows where nothing says that there are some
 * @param batch how many changes are under way at most
 * @param slot the replication slot in PostgreSQL
 * @param publication the publication in PostgreSQL
 * @param rules what a changed row invalidates; none for an outbox, which says it itself
 */
public record SourceConfig(
        String name,
        Kind kind,
        Database database,
        String table,
        Duration pollInterval,
        int batch,
        String slot,
        String publication,
        RuleSet rules) {

    /** What changes come from. */
    public enum Kind {
        /** A table that the application writes in its own transaction. */
        OUTBOX,
        /** The write-ahead log of PostgreSQL. */
        POSTGRESQL
    }
}
