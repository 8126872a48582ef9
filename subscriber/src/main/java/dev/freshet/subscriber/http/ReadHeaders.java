package dev.freshet.subscriber.http;

import dev.freshet.schema.Position;
import dev.freshet.service.http.Faults;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a read.
 *
 * @param minPosition the position that must be applied before the answer, or null
 * @param staleIfError the caller's load has failed, and it accepts a value that stopped being valid at most this long ago; null:
 *     it accepts none
 * @param awaitLoad how long to wait for another load of the key; null: do not wait
 * @param fresh whether the caller wants to load the value, whatever is cached
 */
record ReadHeaders(
        @Nullable Position minPosition,
        @Nullable Duration staleIfError,
        @Nullable Duration awaitLoad,
        boolean fresh) {

    private static final CharSequence MIN_POSITION = HttpHeaders.createOptimized("Min-Position");
    private static final CharSequence PREFER = HttpHeaders.createOptimized("Prefer");
    private static final String STALE_IF_ERROR = "stale-if-error";
    private static final String NO_CACHE = "no-cache";
    private static final ReadHeaders NONE = new ReadHeaders(null, null, null, false);

    /** Reads the headers. If this adds a fault, the result must not be used. */
    static ReadHeaders parse(MultiMap headers, Faults faults) {
        String minPosition = headers.get(MIN_POSITION);
        boolean hasDirectives = headers.contains(HttpHeaders.CACHE_CONTROL);
        Duration staleIfError = hasDirectives ? parseStaleIfError(headers, faults) : null;
        Duration awaitLoad = headers.contains(PREFER) ? parseWait(headers) : null;
        boolean fresh = hasDirectives && asksForFresh(headers);
        return minPosition == null && staleIfError == null && awaitLoad == null && !fresh
                ? NONE
                : new ReadHeaders(
                        minPosition == null ? null : parsePosition(minPosition, faults),
                        staleIfError,
                        awaitLoad,
                        fresh);
    }

    /** Reads {@code no-cache} of RFC 9111, section 5.2.1.4: what is cached must not be used. */
    private static boolean asksForFresh(MultiMap headers) {
        for (String value : headers.getAll(HttpHeaders.CACHE_CONTROL)) {
            for (String directive : value.split(",", -1)) {
                if (directive.strip().equalsIgnoreCase(NO_CACHE)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Reads {@code wait} as in RFC 7240: the first of a name counts, and a malformed preference is ignored. */
    private static @Nullable Duration parseWait(MultiMap headers) {
        for (String value : headers.getAll(PREFER)) {
            for (String preference : value.split(",", -1)) {
                String[] parts = preference.split(";", 2)[0].split("=", 2);
                if (parts.length == 2 && parts[0].strip().equalsIgnoreCase("wait")) {
                    long seconds = Lifetime.parseSeconds(parts[1].strip());
                    return seconds > 0 ? Duration.ofSeconds(seconds) : null;
                }
            }
        }
        return null;
    }

    private static @Nullable Position parsePosition(String text, Faults faults) {
        try {
            return Position.parse(text.strip());
        } catch (IllegalArgumentException e) {
            faults.add("Min-Position", "must be a position from a publisher's answer: " + e.getMessage());
            return null;
        }
    }

    /** Reads {@code stale-if-error} of RFC 5861, section 4. Other directives of a request are ignored. */
    private static @Nullable Duration parseStaleIfError(MultiMap headers, Faults faults) {
        Duration found = null;
        for (String value : headers.getAll(HttpHeaders.CACHE_CONTROL)) {
            for (String directive : value.split(",", -1)) {
                String[] parts = directive.split("=", 2);
                if (!parts[0].strip().toLowerCase(Locale.ROOT).equals(STALE_IF_ERROR)) {
                    continue;
                }
                long seconds = parts.length < 2 ? -1 : Lifetime.parseSeconds(parts[1].strip());
                if (seconds < 0) {
                    faults.add(
                            "Cache-Control",
                            "must give stale-if-error as whole seconds, for example stale-if-error=30");
                } else {
                    found = Duration.ofSeconds(seconds);
                }
            }
        }
        return found;
    }
}
