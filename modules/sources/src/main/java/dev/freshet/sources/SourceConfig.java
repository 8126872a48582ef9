package dev.freshet.sources;

import dev.freshet.sources.rules.RuleSet;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of one source.
 *
 * @param name its name in metrics and logs, and the key of its offset
 * @param kind what changes come from
 * @param database where the database is; without an address for the kinds of Redis
 * @param table the table of an outbox
 * @param pollInterval how long an outbox waits before it polls again, if no notification wakes it
 * @param batch the maximum number of in-flight changes
 * @param slot the replication slot in PostgreSQL
 * @param publication the publication in PostgreSQL
 * @param checkInterval how often a database source compares what it relies on with the server
 * @param rules what a changed row invalidates; none for an outbox, whose rows name it themselves
 * @param keyspace which events of Redis' keys to follow; null for all other kinds
 * @param tracking which Redis keys to follow; null for all other kinds
 * @param channel which messages to listen to; null for all other kinds
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
        Duration checkInterval,
        RuleSet rules,
        @Nullable KeyspaceConfig keyspace,
        @Nullable TrackingConfig tracking,
        @Nullable ChannelConfig channel) {

    /** What changes come from. */
    public enum Kind {
        /** A table that the application writes in its own transaction. */
        OUTBOX,
        /** The write-ahead log of PostgreSQL. */
        POSTGRESQL,
        /** The binlog of MariaDB. */
        MARIADB,
        /** The events of Redis about keys that expire, are evicted, deleted or written. */
        REDIS_KEYSPACE,
        /** What Redis' client-side caching says about keys that change. */
        REDIS_TRACKING,
        /** Messages that applications publish to channels of Redis. */
        REDIS_CHANNEL;

        /** Returns whether changes come from Redis. */
        public boolean isRedis() {
            return this == REDIS_KEYSPACE || this == REDIS_TRACKING || this == REDIS_CHANNEL;
        }
    }
}
