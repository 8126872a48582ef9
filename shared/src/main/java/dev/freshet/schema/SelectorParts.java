package dev.freshet.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Cuts selectors into parts that fit into records, groups these parts, and counts their names. Stateless. */
public final class SelectorParts {

    /** This many names of maximum length take a quarter of a record. */
    private static final int MAX_NAMES_TOGETHER = Limits.MAX_BODY_BYTES / 4 / (Limits.MAX_NAME_BYTES + 8);

    private SelectorParts() {}

    /** Cuts a selector into parts that together select what it selects. Each part takes at most a quarter of a record. */
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

    /** Cuts each of the selectors. Returns all parts in order. */
    public static List<Selector> cut(List<Selector> selectors) {
        if (selectors.size() == 1) {
            return cut(selectors.get(0));
        }
        List<Selector> parts = new ArrayList<>();
        selectors.forEach(selector -> parts.addAll(cut(selector)));
        return parts;
    }

    /** Groups the parts that {@link #cut(Selector)} returned, in order. Each group fits into one record. */
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
