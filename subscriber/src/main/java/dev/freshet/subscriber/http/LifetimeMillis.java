package dev.freshet.subscriber.http;

import dev.freshet.service.http.Faults;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads times to live in milliseconds, which HTTP's own headers cannot express: relative, and until a moment. */
final class LifetimeMillis {

    static final CharSequence EXPIRE_MILLIS = HttpHeaders.createOptimized("Freshet-Expire-Millis");
    static final CharSequence EXPIRE_AT_MILLIS = HttpHeaders.createOptimized("Freshet-Expire-At-Millis");

    private static final int MAX_DIGITS = 18;

    private LifetimeMillis() {}

    /** Reads both headers. If both are given, the shorter time counts. */
    static Lifetime parse(MultiMap headers, Instant now, Faults faults) {
        Long relative = parse(headers.getAll(EXPIRE_MILLIS), "Freshet-Expire-Millis", faults);
        Long until = parse(headers.getAll(EXPIRE_AT_MILLIS), "Freshet-Expire-At-Millis", faults);
        Lifetime first = relative == null ? new Lifetime.OfRegion() : of(relative);
        return until == null ? first : shorter(first, of(until - now.toEpochMilli()));
    }

    private static Lifetime of(long millis) {
        return millis <= 0
                ? new Lifetime.None()
                : new Lifetime.For(Duration.ofMillis(Math.min(millis, Lifetime.MAX_SECONDS * 1000)));
    }

    /** Returns the shorter of two times; one that is not given does not count. */
    static Lifetime shorter(Lifetime one, Lifetime other) {
        if (one instanceof Lifetime.None || other instanceof Lifetime.OfRegion) {
            return one;
        }
        if (one instanceof Lifetime.For a && other instanceof Lifetime.For b) {
            return a.duration().compareTo(b.duration()) <= 0 ? a : b;
        }
        return other;
    }

    private static @Nullable Long parse(List<String> values, String name, Faults faults) {
        if (values.isEmpty()) {
            return null;
        }
        String text = values.get(0).strip();
        if (values.size() > 1
                || text.isEmpty()
                || text.length() > MAX_DIGITS
                || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            faults.add(name, "must be one whole number of milliseconds, of at most " + MAX_DIGITS + " digits");
            return null;
        }
        return Long.parseLong(text);
    }
}
