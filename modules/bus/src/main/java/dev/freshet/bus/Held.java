package dev.freshet.bus;

import java.util.List;

/**
 * The entries that a reader would serve now, of those that somebody asked for.
 *
 * @param matching how many there are
 * @param entries those that are named, at most {@link HeldQuery#limit}
 */
public record Held(long matching, List<HeldEntry> entries) {

    /** Nothing is held. */
    public static final Held NOTHING = new Held(0, List.of());

    public Held {
        entries = List.copyOf(entries);
    }
}
