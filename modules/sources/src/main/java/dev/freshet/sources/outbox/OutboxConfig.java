package dev.freshet.sources.outbox;

import dev.freshet.sources.Database;
import java.time.Duration;

/**
 * What an outbox is read with.
 *
 * @param name the source's name
 * @param table the table, perhaps with its schema; letters, digits, underscores and one dot
 * @param pollInterval how long to wait for new rows where nothing says that there are some
 * @param batchRows how many rows are taken at a time
 */
public record OutboxConfig(String name, Database database, String table, Duration pollInterval, int batchRows) {

    /** The table unless configured otherwise. */
    public static final String DEFAULT_TABLE = "freshet_outbox";

    /** The channel that the table's trigger notifies, where the database can: the table's name without its schema. */
    String channel() {
        return table.substring(table.lastIndexOf('.') + 1);
    }
}
