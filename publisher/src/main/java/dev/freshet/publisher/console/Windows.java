package dev.freshet.publisher.console;

import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Counts of stale windows by bucket: the bucket's upper bound in microseconds, and how many invalidations fell into it. */
final class Windows {

    private static final Pattern BUCKET = Pattern.compile("[0-9]{1,18}:[0-9]{1,18}");

    private Windows() {}

    /** Reads what members answer, as in {@code 448:3,512:1}. What is malformed is left out. */
    static NavigableMap<Long, Long> parse(String text) {
        NavigableMap<Long, Long> counts = new TreeMap<>();
        for (String bucket : text.split(",", -1)) {
            if (BUCKET.matcher(bucket).matches()) {
                int colon = bucket.indexOf(':');
                counts.put(Long.parseLong(bucket.substring(0, colon)), Long.parseLong(bucket.substring(colon + 1)));
            }
        }
        return counts;
    }

    /** Adds to counts what was counted between two answers. A smaller count means that the member began anew. */
    static void addGrowth(
            NavigableMap<Long, Long> to, NavigableMap<Long, Long> before, NavigableMap<Long, Long> after) {
        after.forEach((bound, count) -> {
            long grown = count - before.getOrDefault(bound, 0L);
            if (grown > 0) {
                to.merge(bound, grown, Long::sum);
            }
        });
    }

    /** Adds all counts to others. */
    static void add(NavigableMap<Long, Long> to, NavigableMap<Long, Long> more) {
        more.forEach((bound, count) -> to.merge(bound, count, Long::sum));
    }

    /** Returns the upper bound of the bucket that holds a quantile, in microseconds; empty if nothing was counted. */
    static OptionalLong quantile(NavigableMap<Long, Long> counts, double quantile) {
        long total = counts.values().stream().mapToLong(Long::longValue).sum();
        long rank = (long) Math.ceil(total * quantile);
        long seen = 0;
        for (var bucket : counts.entrySet()) {
            seen += bucket.getValue();
            if (seen >= rank) {
                return OptionalLong.of(bucket.getKey());
            }
        }
        return OptionalLong.empty();
    }
}
