package dev.freshet.publisher.console;

import dev.freshet.schema.Position;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A region at one moment. Immutable.
 *
 * @param head the position of the last record; null if there is no log
 * @param logRecords how many records the log holds
 * @param members all members with a row, by name
 * @param recordsPerSecond how many records were appended lately
 * @param p50Micros the median stale window of the last minute; empty if nothing was applied
 * @param p99Micros its 99th percentile
 * @param hitRate hits of all reads of the last minute, of all members; empty if nobody read
 * @param points the stale window over time, the oldest first
 */
record RegionSnapshot(
        String name,
        @Nullable Position head,
        long logRecords,
        List<MemberSnapshot> members,
        double recordsPerSecond,
        OptionalLong p50Micros,
        OptionalLong p99Micros,
        OptionalDouble hitRate,
        List<Point> points) {

    /**
     * The stale window in a short time.
     *
     * @param atMillis when, in milliseconds since 1970
     * @param p50Micros empty if nothing was applied
     */
    record Point(long atMillis, OptionalLong p50Micros, OptionalLong p99Micros) {}

    RegionSnapshot {
        members = List.copyOf(members);
        points = List.copyOf(points);
    }

    /** Returns the sum of a number that live members answered. */
    long sum(String word) {
        return members.stream()
                .filter(MemberSnapshot::isLive)
                .mapToLong(member -> member.number(word, 0))
                .sum();
    }

    /** Returns how many members are silent, or have no young proof. */
    long unconfirmed() {
        return members.stream()
                .filter(member -> !member.isLive() || !member.isConfirmed())
                .count();
    }
}
