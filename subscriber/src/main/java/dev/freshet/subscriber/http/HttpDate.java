package dev.freshet.subscriber.http;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Parses the three forms of a date that RFC 9110 allows. A day of one digit, which RFC 1123 allowed and Java's {@link
 * DateTimeFormatter#RFC_1123_DATE_TIME} writes, is taken too.
 */
final class HttpDate {

    private static final DateTimeFormatter PREFERRED =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss 'GMT'", Locale.US);
    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US);

    private HttpDate() {}

    /** Returns the moment, or null if the text is not a date. */
    static @Nullable Instant parse(String text, Instant now) {
        // A year of two digits that would be more than 50 years ahead is a past year (RFC 9110, 5.6.7).
        int baseYear = now.atOffset(ZoneOffset.UTC).getYear() - 49;
        DateTimeFormatter rfc850 = new DateTimeFormatterBuilder()
                .appendPattern("EEEE, d-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, baseYear)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.US);
        for (DateTimeFormatter format : List.of(PREFERRED, rfc850, ASCTIME)) {
            try {
                return LocalDateTime.parse(text, format).toInstant(ZoneOffset.UTC);
            } catch (DateTimeParseException notThisOne) {
                // Try the next format.
            }
        }
        return null;
    }
}
