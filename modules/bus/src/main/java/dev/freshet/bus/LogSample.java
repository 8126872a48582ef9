package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A random part of the records that were appended to a region's log since a position.
 *
 * @param head the position of the last record, up to which the sample reaches; null: there is no log
 * @param records the records of the sample, in log order; without those that the log does not hold any more, or that cannot be read
 * @param skipped how many records the sample should hold besides, but does not because of its limit
 */
public record LogSample(@Nullable Position head, List<LoggedRecord> records, long skipped) {

    public LogSample {
        records = List.copyOf(records);
    }
}
