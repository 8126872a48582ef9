package dev.freshet.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Cuts selectors into parts that fit into records, and groups and weighs them. */
public final class SelectorParts {

    /** This many of the longest names take a quarter of a record. */
    private static final int MAX_NAMES_TOGETHER = Limits.MAX_BODY_BYTES / 4 / (Limits.MAX_NAME_BYTES + 8);

    private SelectorParts() {}

    /** Cuts a selector into parts that each fit into a record with room to spare, and that together select the same. */
    public static List<Selector> cut(Selector selector) {
        List<String> names = selector.names();
        if (names.size() <= MAX_NAMES_TOGETHER) {
            return List.of(selector);
        }
        List<Selector> parts = new ArrayList<>();
        for (int from = 0; from < names.size(); from += MAX_NAMES_TOGETHER) {
            int to = Math.min(names.size(), from + MAX_NAMES_TOGETHER);
            parts.add(Selector.of(selector.kind(), names.subList(from, to)));
        }
        return parts;
    }

    /** Cuts each of these selectors, and returns all the parts in order. */
    public static List<Selector> cut(List<Selector> selectors) {
        if (selectors.size() == 1) {
            return cut(selectors.get(0));
        }
        List<Selector> parts = new ArrayList<>();
        selectors.forEach(selector -> parts.addAll(cut(selector)));
        return parts;
    }

    /** Groups parts that {@link #cut(Selector)} returned, in order, so that each group fits into one record. */
    public static List<List<Selector>> fitting(List<Selector> parts) {
        List<List<Selector>> groups = new ArrayList<>();
        List<Selector> open = new ArrayList<>();
        int bytes = RecordCodec.BODY_OVERHEAD_BYTES;
        for (Selector part : parts) {
            int more = RecordCodec.encodedBytesAtMost(new Invalidation(part, 0, 0, OptionalLong.empty()));
            if (!open.isEmpty() && bytes + more > Limits.MAX_BODY_BYTES) {
                groups.add(open);
                open = new ArrayList<>();
                bytes = RecordCodec.BODY_OVERHEAD_BYTES;
            }
            open.add(part);
            bytes += more;
        }
        if (!open.isEmpty()) {
            groups.add(open);
        }
        return groups;
    }

    /** Returns the sum of the selectors' {@linkplain Selector#size sizes}. */
    public static int weigh(List<Selector> selectors) {
        int weight = 0;
        for (int i = 0; i < selectors.size(); i++) {
            weight += selectors.get(i).size();
        }
        return weight;
    }

    /** Returns whether any of the selectors is {@linkplain Selector#isBroad broad}. */
    public static boolean isAnyBroad(List<Selector> selectors) {
        for (int i = 0; i < selectors.size(); i++) {
            if (selectors.get(i).isBroad()) {
                return true;
            }
        }
        return false;
    }
}
