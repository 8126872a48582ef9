package dev.freshet.subscriber.metrics;

import java.util.Locale;

/** A part of the stale window. All of them, in order, from one moment on the Redis clock to the next. */
enum Stage {
    /** From the change at its source to its acceptance by a publisher. */
    SOURCE,
    /** From there to the log. */
    APPEND,
    /** From there to this process. */
    DELIVERY,
    /** From there to the moment when no reader can find the entry any more. */
    EVICT,
    /** From the change to that moment. */
    TOTAL;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
        return label;
    }
}
