package dev.freshet.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Formats and parses times. */
final class Times {

    private Times() {}

    /** Formats microseconds since 1970 as ISO 8601. */
    static String instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    /** Formats a time span with a unit. */
    static String micros(long micros) {
        if (micros < 1_000) {
            return micros + " us";
        }
        double millis = micros / 1e3;
        return millis < 1_000
                ? String.format(Locale.ROOT, "%.1f ms", millis)
                : String.format(Locale.ROOT, "%.1f s", millis / 1e3);
    }

    /** Parses {@code 500ms}, {@code 2s}, {@code 5m} and ISO 8601 durations. */
    static final class DurationConverter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            String upper = text.toUpperCase(Locale.ROOT);
            try {
                Duration duration = upper.endsWith("MS")
                        ? Duration.ofMillis(Long.parseLong(upper.substring(0, upper.length() - 2)))
                        : Duration.parse(upper.startsWith("P") ? upper : "PT" + upper);
                if (!duration.isNegative() && !duration.isZero()) {
                    return duration;
                }
            } catch (java.time.format.DateTimeParseException | NumberFormatException e) {
                // Throws below.
            }
            throw new TypeConversionException("must be a time like 500ms or 2s, not \"" + text + "\"");
        }
    }

    /** Parses a moment in ISO 8601. */
    static final class InstantConverter implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String text) {
            try {
                return Instant.parse(text);
            } catch (java.time.format.DateTimeParseException e) {
                throw new TypeConversionException(
                        "must be a moment like 2026-01-01T00:00:00.000001Z, not \"" + text + "\"");
            }
        }
    }
}
