package dev.freshet.subscriber.http;

import dev.freshet.service.http.Faults;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How long a store asks for its entry to be kept. */
sealed interface Lifetime {

    /** The store gives no time: the region's setting applies. */
    record OfRegion() implements Lifetime {}

    /** A time greater than zero. */
    record For(Duration duration) implements Lifetime {}

    /** Do not keep it: {@code no-store}, {@code no-cache}, {@code max-age=0}, or an {@code Expires} that has passed. */
    record None() implements Lifetime {}

    /** The maximum time. RFC 9111 lets a recipient read a larger number as this one. */
    long MAX_SECONDS = Integer.MAX_VALUE;

    /**
     * Reads {@code Cache-Control} and {@code Expires}. As in RFC 9111, {@code Cache-Control} wins. Its directives other than
     * {@code max-age}, {@code no-store} and {@code no-cache} are ignored.
     *
     * @param cacheControl the values of all {@code Cache-Control} headers, in order
     * @param expires the value of {@code Expires}, or null
     * @param now this host's wall clock, which {@code Expires} is compared with
     */
    static Lifetime parse(List<String> cacheControl, @Nullable String expires, Instant now, Faults faults) {
        Lifetime fromCacheControl = parseCacheControl(cacheControl, faults);
        Lifetime fromExpires = expires == null ? new OfRegion() : parseExpires(expires.strip(), now, faults);
        return fromCacheControl instanceof OfRegion ? fromExpires : fromCacheControl;
    }

    private static Lifetime parseCacheControl(List<String> values, Faults faults) {
        boolean keep = true;
        String maxAge = null;
        for (String value : values) {
            for (String directive : value.split(",", -1)) {
                int equals = directive.indexOf('=');
                String name = (equals < 0 ? directive : directive.substring(0, equals))
                        .strip()
                        .toLowerCase(Locale.ROOT);
                switch (name) {
                    case "no-store", "no-cache" -> keep = false;
                    case "max-age" -> {
                        String argument = equals < 0
                                ? ""
                                : directive.substring(equals + 1).strip();
                        if (maxAge != null && !maxAge.equals(argument)) {
                            faults.add("Cache-Control", "must give max-age once, not twice with different values");
                        }
                        maxAge = argument;
                    }
                    default -> {
                        // Directives for other caches than this one.
                    }
                }
            }
        }
        if (maxAge == null) {
            return keep ? new OfRegion() : new None();
        }
        long seconds = parseSeconds(maxAge);
        if (seconds < 0) {
            faults.add("Cache-Control", "must give max-age as whole seconds, for example max-age=60");
        }
        return keep && seconds > 0 ? new For(Duration.ofSeconds(seconds)) : new None();
    }

    /** Returns a number of seconds, at most {@link #MAX_SECONDS}; -1 if the text is not a number. */
    static long parseSeconds(String argument) {
        boolean quoted = argument.length() >= 2 && argument.startsWith("\"") && argument.endsWith("\"");
        String digits = quoted ? argument.substring(1, argument.length() - 1) : argument;
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        // Ten digits hold every number up to the maximum and cannot overflow.
        return digits.length() > 10 ? MAX_SECONDS : Math.min(MAX_SECONDS, Long.parseLong(digits));
    }

    private static Lifetime parseExpires(String text, Instant now, Faults faults) {
        // A common malformed value that every cache takes for "expired".
        if (text.equals("0")) {
            return new None();
        }
        Instant instant = HttpDate.parse(text, now);
        if (instant == null) {
            faults.add("Expires", "must be an HTTP date, for example Thu, 01 Jan 2026 00:00:00 GMT");
            return new None();
        }
        Duration left = Duration.between(now, instant);
        return left.compareTo(Duration.ZERO) > 0
                ? new For(left.toSeconds() >= MAX_SECONDS ? Duration.ofSeconds(MAX_SECONDS) : left)
                : new None();
    }
}
