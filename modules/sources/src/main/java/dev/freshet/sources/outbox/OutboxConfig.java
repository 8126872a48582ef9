package dev.freshet.sources.outbox;

import dev.freshet.sources.Database;
import java.time.Duration;

/**
 * The configuration of an outbox.
 *
 * @param name the source's name
 * @param table the table, optionally with its schema: letters, digits, underscores and at most one dot
 * @param pollInterval how long to wait before the next poll, if no notification arrives
 * @param batchRows the maximum number of rows taken at a time
 */
public record OutboxConfig(String name, Database database, String table, Duration pollInterval, int batchRows) {

    /** The default table. */
    public static final String DEFAULT_TABLE = "freshet_outbox";

    /** Returns the channel that the table's trigger notifies in PostgreSQL: the table's name without its schema. */
    String channel() {
        return table.substring(table.lastIndexOf('.') + 1);
    }
}
