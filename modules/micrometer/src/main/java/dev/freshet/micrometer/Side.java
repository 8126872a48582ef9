package dev.freshet.micrometer;

import java.util.Locale;

/** Which part of a process a meter is of, where both have one of the same name. */
enum Side {
    PUBLISHER,
    SUBSCRIBER;

    private final String label = name().toLowerCase(Locale.ROOT);

    String label() {
        return label;
    }
}
