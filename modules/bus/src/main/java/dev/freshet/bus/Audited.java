package dev.freshet.bus;

import java.util.List;

/**
 * The entries that a reader would serve now, of those that somebody asked for.
 *
 * @param matching how many there are
 * @param entries those that are named, at most {@link AuditQuery#limit}
 */
public record Audited(long matching, List<AuditedEntry> entries) {

    /** Nothing is held. */
    public static final Audited NOTHING = new Audited(0, List.of());

    public Audited {
        entries = List.copyOf(entries);
    }
}
