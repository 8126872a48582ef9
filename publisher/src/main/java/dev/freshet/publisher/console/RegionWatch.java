package dev.freshet.publisher.console;

import dev.freshet.bus.Member;
import dev.freshet.bus.admin.FleetReader;
import dev.freshet.bus.admin.FleetReader.Answer;
import dev.freshet.bus.admin.FleetReader.RegionRows;
import dev.freshet.publisher.console.RegionSnapshot.Point;
import dev.freshet.schema.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is known of one region since somebody watches. Belongs to the console's thread. */
final class RegionWatch {

    /** So many intervals make the stale window and the hit rate of a region; each lasts about a second. */
    private static final int RECENT = 60;

    /** So many points a curve has. */
    private static final int MAX_POINTS = 180;

    /** The share of the newest rate in the average that is shown. */
    private static final double WEIGHT = 0.4;

    /** What was counted between two answers of all members. */
    private record Interval(NavigableMap<Long, Long> windows, long hits, long misses) {}

    private final String region;
    private final Map<String, Answer> answers = new HashMap<>();
    private final ArrayDeque<Interval> recent = new ArrayDeque<>();
    private final ArrayDeque<Point> points = new ArrayDeque<>();
    private @Nullable RegionRows rows;
    private FleetReader.@Nullable Asked asked;
    private double recordsPerSecond;

    RegionWatch(String region) {
        this.region = region;
    }

    /** Takes in what Redis holds. */
    void read(RegionRows now) {
        RegionRows before = rows;
        rows = now;
        Position head = now.head();
        Position former = before == null ? null : before.head();
        if (before != null && head != null && former != null && head.epoch() == former.epoch()) {
            double seconds = Math.max(1e-3, (now.nowMicros() - before.nowMicros()) / 1e6);
            double rate = (head.sequence() - former.sequence()) / seconds;
            recordsPerSecond += WEIGHT * (rate - recordsPerSecond);
        }
        answers.keySet().retainAll(now.members().stream().map(Member::id).toList());
    }

    @Nullable
    RegionRows rows() {
        return rows;
    }

    /** Notes that the members are being asked. */
    void asks(FleetReader.Asked question) {
        asked = question;
    }

    /** Returns the question that is under way; null if there is none. */
    FleetReader.@Nullable Asked asked() {
        return asked;
    }

    /** Takes in what members answered. */
    void answered(List<Answer> now, long atMillis) {
        asked = null;
        NavigableMap<Long, Long> grown = new TreeMap<>();
        long hits = 0;
        long misses = 0;
        for (Answer answer : now) {
            Answer before = answers.put(answer.memberId(), answer);
            if (before != null) {
                Windows.addGrowth(grown, windows(before), windows(answer));
                hits += Math.max(0, number(answer, "hits") - number(before, "hits"));
                misses += Math.max(0, number(answer, "misses") - number(before, "misses"));
            }
        }
        recent.addLast(new Interval(grown, hits, misses));
        if (recent.size() > RECENT) {
            recent.removeFirst();
        }
        points.addLast(new Point(atMillis, Windows.quantile(grown, 0.5), Windows.quantile(grown, 0.99)));
        if (points.size() > MAX_POINTS) {
            points.removeFirst();
        }
    }

    private static NavigableMap<Long, Long> windows(Answer answer) {
        return Windows.parse(answer.words().getOrDefault("windows", ""));
    }

    private static long number(Answer answer, String word) {
        try {
            return Long.parseLong(answer.words().getOrDefault(word, "0"));
        } catch (NumberFormatException e) {
            return 0; // no member of ours wrote it
        }
    }

    /** Returns the region as it is known now; null before Redis was asked. */
    @Nullable
    RegionSnapshot snapshot() {
        RegionRows known = rows;
        if (known == null) {
            return null;
        }
        Set<String> live = known.members().stream()
                .filter(member -> member.isLive(known.nowMicros()))
                .map(Member::name)
                .collect(Collectors.toSet());
        List<MemberSnapshot> members = new ArrayList<>();
        for (Member member : known.members()) {
            if (!member.isLive(known.nowMicros()) && live.contains(member.name())) {
                continue; // Somebody started it again; the row of its former life ages.
            }
            Answer answer = answers.get(member.id());
            members.add(new MemberSnapshot(
                    member, answer == null ? Map.of() : answer.words(), known.head(), known.nowMicros()));
        }
        NavigableMap<Long, Long> windows = new TreeMap<>();
        long hits = 0;
        long misses = 0;
        for (Interval interval : recent) {
            Windows.add(windows, interval.windows());
            hits += interval.hits();
            misses += interval.misses();
        }
        long reads = hits + misses;
        return new RegionSnapshot(
                region,
                known.head(),
                known.logRecords(),
                members,
                recordsPerSecond,
                Windows.quantile(windows, 0.5),
                Windows.quantile(windows, 0.99),
                reads == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) hits / reads),
                List.copyOf(points));
    }
}
