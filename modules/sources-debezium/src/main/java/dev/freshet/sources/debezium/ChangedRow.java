package dev.freshet.sources.debezium;

import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.TableName;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * A changed row, parsed from a record of the engine.
 *
 * @param before the former row, as far as the database reports it
 * @param isTruncate whether the whole table was emptied
 * @param committedMicros when the transaction committed, in microseconds since 1970 on the database's clock
 */
record ChangedRow(
        TableName table,
        @Nullable RowImage before,
        @Nullable RowImage after,
        boolean isTruncate,
        long committedMicros) {

    /**
     * Parses a record.
     *
     * @param formerRows what the database reports of former rows
     * @return null if the record is not about a row (a heartbeat, a message)
     */
    static @Nullable ChangedRow of(SourceRecord record, FormerRows formerRows) {
        Struct source = originOf(record);
        if (source == null || !(record.value() instanceof Struct value)) {
            return null;
        }
        String operation = String.valueOf(value.getString("op"));
        // PostgreSQL's schema corresponds to MariaDB's database.
        String schema = source.schema().field("schema") == null ? "db" : "schema";
        TableName table = new TableName(source.getString(schema), source.getString("table"));
        Struct before = value.getStruct("before");
        RowImage former = before == null ? null : formerRows.reported(table, before);
        Struct after = value.getStruct("after");
        RowImage latter = after == null ? null : latter(ColumnValues.of(after), former, formerRows);
        if (former == null && (operation.equals("u") || operation.equals("d"))) {
            former = formerRows.unreported(table, latter);
        }
        Long micros = source.schema().field("ts_us") == null ? null : source.getInt64("ts_us");
        return new ChangedRow(table, former, latter, operation.equals("t"), micros == null ? 0 : micros);
    }

    /** A value that the database left out did not change: it is that of the former row, if that is known. */
    private static RowImage latter(
            Map<String, @Nullable Object> values, @Nullable RowImage former, FormerRows formerRows) {
        Set<String> hidden = new HashSet<>();
        values.replaceAll((column, value) -> {
            if (!formerRows.isLeftOut(value)) {
                return value;
            }
            if (former != null && former.knows(column)) {
                return former.value(column);
            }
            hidden.add(column);
            return null;
        });
        return hidden.isEmpty() ? RowImage.of(values) : RowImage.of(values).hiding(hidden);
    }

    /** Returns what a record says of where a changed row comes from; null if the record is not about a row. */
    static @Nullable Struct originOf(SourceRecord record) {
        if (!(record.value() instanceof Struct value)
                || value.schema().field("op") == null
                || value.schema().field("source") == null) {
            return null;
        }
        Struct source = value.getStruct("source");
        String operation = value.getString("op");
        return operation == null
                        || source == null
                        || operation.equals("m")
                        || source.schema().field("table") == null
                ? null
                : source;
    }
}
