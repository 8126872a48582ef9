package dev.freshet.subscriber.http;

import dev.freshet.schema.Position;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a read ask for.
 *
 * @param minPosition to be applied before the answer, or null
 * @param staleIfError the caller's load has failed, and it takes a value that stopped being valid at most so long ago; null:
 *     it takes none
 */
record ReadHeaders(@Nullable Position minPosition, @Nullable Duration staleIfError) {

    private static final CharSequence MIN_POSITION = HttpHeaders.createOptimized("Min-Position");
    private static final String STALE_IF_ERROR = "stale-if-error";
    private static final ReadHeaders NONE = new ReadHeaders(null, null);

    /** Reads the headers. With any fault the result is not to be used. */
    static ReadHeaders parse(MultiMap headers, Faults faults) {
        String minPosition = headers.get(MIN_POSITION);
        Duration staleIfError = headers.contains(HttpHeaders.CACHE_CONTROL) ? parseStaleIfError(headers, faults) : null;
        return minPosition == null && staleIfError == null
                ? NONE
                : new ReadHeaders(minPosition == null ? null : parsePosition(minPosition, faults), staleIfError);
    }

    private static @Nullable Position parsePosition(String text, Faults faults) {
        try {
            return Position.parse(text.strip());
        } catch (IllegalArgumentException e) {
            faults.add("Min-Position", "must be a position, as a publisher's answer has it: " + e.getMessage());
            return null;
        }
    }

    /** RFC 5861, section 4, in a request. Other directives mean nothing here. */
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
