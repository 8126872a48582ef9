package dev.freshet.demo.check;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Parses the {@code Freshet-Confirmed-Age} of an answer: seconds, with a fraction. */
final class ConfirmedAge {

    private ConfirmedAge() {}

    /** Returns nanoseconds; 0, the strictest claim, if the header is missing or invalid. */
    static long parseNanos(@Nullable String header) {
        if (header == null) {
            return 0;
        }
        try {
            return Math.max(0, new BigDecimal(header.trim()).movePointRight(9).longValue());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
