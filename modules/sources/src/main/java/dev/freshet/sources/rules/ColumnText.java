package dev.freshet.sources.rules;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Converts a column's value to its text in a key. Equal values give equal texts, whatever tool wrote them and however the
 * database stores them.
 *
 * <ul>
 *   <li>whole numbers in decimal; decimals plainly and without trailing zeros ({@code 10.50} is {@code 10.5}); {@code true}
 *       and {@code false}
 *   <li>texts as they are; UUIDs in lower case with hyphens
 *   <li>moments in UTC, {@code 2026-01-01T00:00:00Z}, with 0, 3, 6 or 9 digits of the second's fraction; dates and times
 *       without a zone likewise, without the Z
 * </ul>
 */
final class ColumnText {

    private ColumnText() {}

    /** Returns the text, or null for a type that is unfit for keys (bytes, documents, arrays). */
    static @Nullable String of(Object value) {
        if (value instanceof String
                || value instanceof Boolean
                || value instanceof UUID
                || value instanceof Character) {
            return value.toString();
        }
        if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte
                || value instanceof BigInteger) {
            return value.toString();
        }
        if (value instanceof BigDecimal decimal) {
            return plain(decimal);
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            return Double.isFinite(number) ? plain(new BigDecimal(value.toString())) : value.toString();
        }
        if (value instanceof Instant instant) {
            return DateTimeFormatter.ISO_INSTANT.format(instant);
        }
        if (value instanceof OffsetDateTime time) {
            return DateTimeFormatter.ISO_INSTANT.format(time.toInstant());
        }
        if (value instanceof ZonedDateTime time) {
            return DateTimeFormatter.ISO_INSTANT.format(time.toInstant());
        }
        if (value instanceof LocalDateTime time) {
            return time.toLocalDate() + "T" + seconds(time.toLocalTime());
        }
        if (value instanceof LocalTime time) {
            return seconds(time);
        }
        return value instanceof LocalDate ? value.toString() : null;
    }

    private static String plain(BigDecimal decimal) {
        return decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
    }

    /** Returns the time with its seconds; {@link LocalTime#toString} omits them if they are zero. */
    private static String seconds(LocalTime time) {
        return time.getSecond() == 0 && time.getNano() == 0 ? time + ":00" : time.toString();
    }
}
