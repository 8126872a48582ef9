package dev.freshet.bus;

/**
 * A change of tags, prefixes or all was not published, because it would evict more entries than {@link
 * PublisherConfig#broadMaximumEntries} allows. Nothing was appended. A {@linkplain Change#forced forced} change is published nevertheless.
 */
public final class TooBroadException extends BusException {

    private static final long serialVersionUID = 1;

    private final String region;
    private final long entries;
    private final int members;
    private final long maximumEntries;

    public TooBroadException(String region, long entries, int members, long maximumEntries) {
        super("it would evict " + entries + " entries of " + region + " on " + members + " live members, but at most "
                + maximumEntries + " are allowed");
        this.region = region;
        this.entries = entries;
        this.members = members;
        this.maximumEntries = maximumEntries;
    }

    /** The region. */
    public String region() {
        return region;
    }

    /** How many entries would go, over all members that answered. */
    public long entries() {
        return entries;
    }

    /** How many members answered. */
    public int members() {
        return members;
    }

    /** How many entries may go. */
    public long maximumEntries() {
        return maximumEntries;
    }
}
