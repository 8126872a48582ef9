package dev.freshet.service.rights;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a caller may do in a region. No right includes another. */
public enum Right {
    /** Publish a change. */
    PUBLISH,
    /** Publish a change of tags, of prefixes or of all, together with {@link #PUBLISH}. */
    BROAD,
    /** Publish a change however many entries it evicts, together with {@link #PUBLISH}. */
    FORCE,
    /** See positions and counts, and try a change without publishing it; at a subscriber: read entries. */
    READ,
    /** See the names and positions of subscribers, together with {@link #READ}. */
    MEMBERS,
    /** Store and evict entries at a subscriber. */
    WRITE;

    /** The rights that a publisher knows. */
    public static final Set<Right> OF_PUBLISHER = Set.of(PUBLISH, BROAD, FORCE, READ, MEMBERS);

    /** The rights that a subscriber knows. */
    public static final Set<Right> OF_SUBSCRIBER = Set.of(READ, WRITE);

    /** Returns the right as it is written. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns the right that is written so. */
    public static Optional<Right> of(String text) {
        return Arrays.stream(values())
                .filter(right -> right.text().equals(text))
                .findFirst();
    }

    /** Returns rights as they are written, in the order of this enum. */
    static String texts(Set<Right> rights) {
        return rights.isEmpty()
                ? ""
                : EnumSet.copyOf(rights).stream().map(Right::text).collect(Collectors.joining(", "));
    }
}
