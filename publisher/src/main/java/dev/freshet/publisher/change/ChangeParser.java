package dev.freshet.publisher.change;

import java.util.Set;

/**
 * Reads a change from the bytes of one JSON object, strictly. An unknown or repeated field, a wrong type, an empty or too long
 * name are faults, and every fault is found. Safe to use from any thread.
 */
public final class ChangeParser {

    private final Set<String> regions;
    private final int maximumNames;

    /**
     * @param regions the only regions that are taken; empty: any
     * @param maximumNames how many names an object holds at most; the bus's queue has no room for more
     */
    public ChangeParser(Set<String> regions, int maximumNames) {
        this.regions = regions;
        this.maximumNames = maximumNames;
    }

    /**
     * Reads one object.
     *
     * @param awaited whether members report at once that they applied the change
     * @param forced whether the change is published however many entries it evicts
     */
    public ParsedChange parse(byte[] bytes, int offset, int length, boolean awaited, boolean forced) {
        ChangeReading reading = begin(awaited, forced);
        reading.read(bytes, offset, length);
        return reading.result();
    }

    /** Returns a parser for a body of many objects, one a line. */
    public LineParser lines() {
        return new LineParser(this);
    }

    ChangeReading begin(boolean awaited, boolean forced) {
        return new ChangeReading(regions, maximumNames, awaited, forced);
    }
}
