package dev.freshet.micrometer;

import java.util.Locale;

/** A part of the stale window, from one moment on the Redis clock to the next; {@link #TOTAL} is the whole. */
enum Stage {
    /** From the change at its source to its acceptance by a publisher. */
    SOURCE,
    /** From that acceptance to the log. */
    APPEND,
    /** From the log to the arrival in this process. */
    DELIVERY,
    /** From that arrival until no reader can find the entry. */
    EVICT,
    /** From the change at its source until no reader can find the entry. */
    TOTAL;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
        return label;
    }
}
