package dev.freshet.sources.debezium;

import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.TableName;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
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
     * @param fullTables the tables whose former rows have every column; null: all tables
     * @return null if the record is not about a row (a heartbeat, a message)
     */
    static @Nullable ChangedRow of(SourceRecord record, @Nullable Set<TableName> fullTables) {
        Struct source = originOf(record);
        if (source == null || !(record.value() instanceof Struct value)) {
            return null;
        }
        String operation = String.valueOf(value.getString("op"));
        // PostgreSQL's schema corresponds to MariaDB's database.
        String schema = source.schema().field("schema") == null ? "db" : "schema";
        TableName table = new TableName(source.getString(schema), source.getString("table"));
        Struct before = value.getStruct("before");
        RowImage former = null;
        if (before != null && (fullTables == null || fullTables.contains(table))) {
            former = RowImage.of(values(before));
        } else if (before != null && record.key() instanceof Struct key) {
            // Columns outside the key are null here, whatever their value was.
            former = RowImage.partial(values(key));
        }
        Struct after = value.getStruct("after");
        Long micros = source.schema().field("ts_us") == null ? null : source.getInt64("ts_us");
        return new ChangedRow(
                table,
                former,
                after == null ? null : RowImage.of(values(after)),
                operation.equals("t"),
                micros == null ? 0 : micros);
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

    private static Map<String, @Nullable Object> values(Struct row) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (Field field : row.schema().fields()) {
            values.put(field.name(), value(field.schema(), row.get(field)));
        }
        return values;
    }

    /** Converts a value. The engine writes dates and times as numbers; the schema's name tells their type. */
    private static @Nullable Object value(Schema schema, @Nullable Object value) {
        if (!(value instanceof Number number) || schema.name() == null) {
            return schema.name() != null && schema.name().equals("io.debezium.time.ZonedTimestamp") && value != null
                    ? OffsetDateTime.parse(value.toString())
                    : value;
        }
        long amount = number.longValue();
        return switch (schema.name()) {
            case "io.debezium.time.Date" -> LocalDate.ofEpochDay(amount);
            case "io.debezium.time.Timestamp" -> local(amount, ChronoUnit.MILLIS);
            case "io.debezium.time.MicroTimestamp" -> local(amount, ChronoUnit.MICROS);
            case "io.debezium.time.NanoTimestamp" -> local(amount, ChronoUnit.NANOS);
            case "io.debezium.time.Time" -> time(Duration.ofMillis(amount));
            case "io.debezium.time.MicroTime" -> time(Duration.of(amount, ChronoUnit.MICROS));
            case "io.debezium.time.NanoTime" -> time(Duration.ofNanos(amount));
            default -> value;
        };
    }

    /** MariaDB's TIME also holds time spans: negative ones and spans of many days. These are not times of a day. */
    private static Object time(Duration sinceMidnight) {
        return sinceMidnight.isNegative() || sinceMidnight.compareTo(Duration.ofDays(1)) >= 0
                ? sinceMidnight
                : LocalTime.ofNanoOfDay(sinceMidnight.toNanos());
    }

    private static LocalDateTime local(long amount, ChronoUnit unit) {
        return LocalDateTime.ofInstant(Instant.EPOCH.plus(amount, unit), ZoneOffset.UTC);
    }
}
