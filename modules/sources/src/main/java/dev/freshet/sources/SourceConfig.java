package dev.freshet.sources;

import dev.freshet.sources.rules.RuleSet;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

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
 * @param keyspace which keys of Redis, where changes come from them; else null
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
        RuleSet rules,
        @Nullable KeyspaceConfig keyspace) {

    /** What changes come from. */
    public enum Kind {
        /** A table that the application writes in its own transaction. */
        OUTBOX,
        /** The write-ahead log of PostgreSQL. */
        POSTGRESQL,
        /** The binlog of MariaDB. */
        MARIADB,
        /** What Redis tells of keys that expire, are evicted, deleted or written. */
        REDIS_KEYSPACE
    }
}
