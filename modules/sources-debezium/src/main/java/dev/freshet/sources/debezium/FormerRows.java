package dev.freshet.sources.debezium;

import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.TableName;
import java.util.Map;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Knows what a database reports of a row before its change, and which values it leaves out. Used by the engine's thread. */
interface FormerRows {

    /** The former rows of a database that reports every column. */
    FormerRows WHOLE = new FormerRows() {
        @Override
        public RowImage reported(TableName table, Struct before) {
            return RowImage.of(ColumnValues.of(before));
        }

        @Override
        public RowImage unreported(TableName table, @Nullable RowImage after) {
            return RowImage.partial(Map.of());
        }

        @Override
        public boolean isLeftOut(@Nullable Object value) {
            return false;
        }
    };

    /**
     * Returns what is known of a former row.
     *
     * @param before as the engine writes it
     */
    RowImage reported(TableName table, Struct before);

    /**
     * Returns what is known of a former row that was not reported.
     *
     * @param after the row after the change; null if it was deleted
     */
    RowImage unreported(TableName table, @Nullable RowImage after);

    /** Returns whether a value only says that the real one was not reported. */
    boolean isLeftOut(@Nullable Object value);
}
