package dev.freshet.service.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads and writes durations and sizes as people write them: {@code 500ms}, {@code 2s}, {@code 10m}, {@code 1h}, {@code PT0.5S};
 * {@code 64MiB}, {@code 1GB}, {@code 512}. Messages of exceptions are clauses that follow a setting's name.
 */
public final class Units {

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,18})\\s?([A-Za-zµ]*)");
    private static final Map<String, Long> NANOS = new LinkedHashMap<>();
    private static final Map<String, Long> BYTES = new LinkedHashMap<>();

    static {
        // The largest unit first: format tries the units in this order.
        NANOS.put("d", 86_400_000_000_000L);
        NANOS.put("h", 3_600_000_000_000L);
        NANOS.put("m", 60_000_000_000L);
        NANOS.put("s", 1_000_000_000L);
        NANOS.put("ms", 1_000_000L);
        NANOS.put("us", 1_000L);
        NANOS.put("ns", 1L);
        BYTES.put("GiB", 1L << 30);
        BYTES.put("GB", 1_000_000_000L);
        BYTES.put("MiB", 1L << 20);
        BYTES.put("MB", 1_000_000L);
        BYTES.put("KiB", 1L << 10);
        BYTES.put("kB", 1_000L);
        BYTES.put("B", 1L);
    }

    private Units() {}

    /**
     * Reads a duration.
     *
     * @throws IllegalArgumentException if the text is not a duration, or longer than 292 years
     */
    public static Duration parseDuration(String text) {
        if (text.startsWith("P") || text.startsWith("p")) {
            try {
                Duration duration = Duration.parse(text);
                if (!duration.isNegative() && duration.toSeconds() <= Long.MAX_VALUE / 1_000_000_000L - 1) {
                    return duration;
                }
            } catch (DateTimeParseException ignored) {
                // Refused below.
            }
        } else {
            Matcher matcher = NUMBER_AND_UNIT.matcher(text);
            if (matcher.matches()) {
                Long nanos = NANOS.get(matcher.group(2).replace('µ', 'u'));
                long number = Long.parseLong(matcher.group(1));
                if (nanos != null && number <= Long.MAX_VALUE / nanos) {
                    return Duration.ofNanos(number * nanos);
                }
                if (number == 0 && matcher.group(2).isEmpty()) {
                    return Duration.ZERO;
                }
            }
        }
        throw new IllegalArgumentException("must be a duration like 500ms, 2s, 10m or PT0.5S, not " + quote(text));
    }

    /**
     * Reads a size.
     *
     * @return the size in bytes
     * @throws IllegalArgumentException if the text is not a size, or exceeds 64 bits
     */
    public static long parseBytes(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            for (Map.Entry<String, Long> unit : BYTES.entrySet()) {
                if (unit.getKey().equalsIgnoreCase(matcher.group(2)) && number <= Long.MAX_VALUE / unit.getValue()) {
                    return number * unit.getValue();
                }
            }
            if (matcher.group(2).isEmpty()) {
                return number;
            }
        }
        throw new IllegalArgumentException("must be a size like 64MiB, 1GB or 512, not " + quote(text));
    }

    /** Returns a duration with the largest unit that gives a whole number. */
    public static String format(Duration duration) {
        long nanos = duration.toNanos();
        return nanos == 0 ? "0s" : format(nanos, NANOS);
    }

    /** Returns a size with the largest unit that gives a whole number. */
    public static String formatBytes(long bytes) {
        return bytes < 1000 ? Long.toString(bytes) : format(bytes, BYTES);
    }

    /** Returns a text in quotes for a log line or an answer: at most 80 characters, control characters replaced. */
    public static String quote(String text) {
        String shown = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        StringBuilder quoted = new StringBuilder(shown.length() + 2).append('"');
        shown.chars().forEach(c -> quoted.append(Character.isISOControl(c) ? '?' : (char) c));
        return quoted.append('"').toString();
    }

    private static String format(long value, Map<String, Long> units) {
        for (Map.Entry<String, Long> unit : units.entrySet()) {
            if (value % unit.getValue() == 0) {
                return String.format(Locale.ROOT, "%d%s", value / unit.getValue(), unit.getKey());
            }
        }
        return Long.toString(value);
    }
}
