package dev.freshet.sources;

import dev.freshet.sources.rules.RuleSet;
import java.time.Duration;

/**
 * How one source is read.
 *
 * @param name how it is called in metrics, logs and where its offset is kept
 * @param kind what it is
 * @param database where; for a source in Redis without meaning
 * @param table the outbox's table
 * @param pollInterval how long an outbox waits for new rows where nothing says that there are some
 * @param batch how many changes are under way at most
 * @param slot the replication slot in PostgreSQL
 * @param publication the publication in PostgreSQL
 * @param keys which keys of Redis
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
        Keys keys,
        RuleSet rules) {

    /** What changes come from. */
    public enum Kind {
        /** A table that the application writes in its own transaction. */
        OUTBOX,
        /** The write-ahead log of PostgreSQL. */
        POSTGRESQL,
        /** The binary log of MariaDB. */
        MARIADB,
        /** Keys of Redis that are evicted, expire, or are deleted or overwritten. */
        REDIS_KEYS
    }

    /**
     * Keys of Redis.
     *
     * @param pattern which, as Redis matches ({@code products:*})
     * @param region the region whose entries they are
     * @param stripPrefix what the keys begin with in Redis and the region's keys do not; may be empty
     */
    public record Keys(String pattern, String region, String stripPrefix) {}
}
