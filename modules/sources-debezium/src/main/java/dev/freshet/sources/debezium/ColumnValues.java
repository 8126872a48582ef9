package dev.freshet.sources.debezium;

import java.math.BigDecimal;
import java.math.BigInteger;
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
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Turns the engine's values into those that rules understand. */
final class ColumnValues {

    private ColumnValues() {}

    /** Returns the columns of a row by their names. */
    static Map<String, @Nullable Object> of(Struct row) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (Field field : row.schema().fields()) {
            values.put(field.name(), value(field.schema(), row.getWithoutDefault(field.name())));
        }
        return values;
    }

    /** Converts a value. The engine writes dates and times as numbers; the schema's name tells their type. */
    private static @Nullable Object value(Schema schema, @Nullable Object value) {
        if (value instanceof Struct decimal && "io.debezium.data.VariableScaleDecimal".equals(schema.name())) {
            return new BigDecimal(new BigInteger(decimal.getBytes("value")), decimal.getInt32("scale"));
        }
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
