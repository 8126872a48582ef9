package dev.freshet.demo;

import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Member.Applied;
import dev.freshet.demo.load.Pace;
import dev.freshet.demo.load.Requests;
import dev.freshet.demo.show.Picture;
import dev.freshet.demo.show.Scene;
import dev.freshet.demo.show.Scene.Tile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What a run has shown since its warm-up. Safe to use from any thread. */
final class Watched {

    private static final int INTERVALS = 200;
    private static final int MAXIMUM_WINDOWS = 20_000;

    private final Mode mode;
    private final List<Member> members;
    private final Requests requests;
    private final Map<Member, Long> seen = new HashMap<>();
    private final Map<Member, Long> replayed = new HashMap<>();
    private final List<Long> longest = new ArrayList<>();
    private final List<Long> windows = new ArrayList<>();
    private long begunNanos = System.nanoTime();

    Watched(Mode mode, List<Member> members, Requests requests) {
        this.mode = mode;
        this.members = members;
        this.requests = requests;
    }

    /** Forgets the stale windows up to now, and begins to measure the time. */
    synchronized void begin() {
        begunNanos = System.nanoTime();
        longest.clear();
        windows.clear();
    }

    synchronized Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begunNanos);
    }

    /** Takes up what was measured since the last call, and tells the pace of it. */
    synchronized void measure(Pace pace, boolean isCongested) {
        List<Long> latest = new ArrayList<>();
        for (Member member : members) {
            long from = seen.getOrDefault(member, 0L);
            List<Applied> changes = member.appliedFrom(from);
            seen.put(member, member.appliedCount());
            changes.stream().filter(Applied::isMeasured).forEach(change -> latest.add(change.staleMicros()));
            replayed.merge(member, changes.stream().filter(Applied::isReplayed).count(), Long::sum);
        }
        latest.sort(null);
        longest.add(latest.isEmpty() ? 0 : Math.max(1, latest.get(latest.size() - 1)));
        windows.addAll(latest);
        trim(longest, INTERVALS);
        trim(windows, MAXIMUM_WINDOWS);
        pace.observe(quantile(latest, 0.5), isCongested);
    }

    private static void trim(List<Long> values, int maximum) {
        if (values.size() > maximum) {
            values.subList(0, values.size() - maximum).clear();
        }
    }

    private static long quantile(List<Long> sorted, double share) {
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1L, (long) (share * sorted.size())));
    }

    synchronized Scene scene(String travel, String keys) {
        List<Long> sorted = windows.stream().sorted().toList();
        return new Scene(
                travel,
                members.stream().map(this::tile).toList(),
                mode.measure(),
                List.copyOf(longest),
                quantile(sorted, 0.5),
                quantile(sorted, 0.99),
                Duration.ofNanos(System.nanoTime() - begunNanos),
                requests.writes(),
                keys);
    }

    private Tile tile(Member member) {
        String state = member.trouble().isEmpty() ? member.state() : member.trouble();
        return new Tile(
                member.replica().name(),
                state,
                state.equals("confirmed") || state.equals("pub/sub"),
                member.reads(),
                member.hits(),
                member.stale(),
                mode.counts(member, replayed.getOrDefault(member, 0L)));
    }

    private long sum(ToLongFunction<Member> count) {
        return members.stream()
                .filter(member -> !member.replica().isNaive())
                .mapToLong(count)
                .sum();
    }

    /** @param allBack whether every process is up again, and every replica confirmed */
    Verdict verdict(boolean allBack) {
        return Verdict.of(sum(Member::reads), sum(Member::stale), failures(), allBack);
    }

    private long failures() {
        return members.stream().mapToLong(Member::failures).sum();
    }

    List<String> summary(int faults) {
        Scene scene = scene("", "");
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Summary after " + scene.elapsed().toSeconds() + " s: " + requests.writes() + " writes acknowledged, "
                + requests.failedWrites() + " not; "
                + members.stream().mapToLong(Member::reads).sum() + " reads, " + failures()
                + " failed; " + faults + " faults played");
        lines.add("  " + scene.measure().name() + " p50 " + Picture.millis(scene.medianMicros()) + ", p99 "
                + Picture.millis(scene.slowMicros()) + ", " + scene.measure().meaning());
        members.forEach(member -> lines.add("  " + tile(member).line()));
        lines.add("  Stale: the answer misses a change that was acknowledged more than 1 s before the read.");
        lines.add("");
        return lines;
    }

    /** Returns what the verdict means. */
    String sentence(Verdict verdict) {
        return switch (verdict) {
            case OK -> "OK: no read was stale, none failed, and everything is up.";
            case INCONCLUSIVE ->
                sum(Member::reads) == 0
                        ? "INCONCLUSIVE: nothing was read."
                        : "INCONCLUSIVE: no read was stale, but " + failures()
                                + " got no answer although the processes were up.";
            case INTERRUPTED -> "Interrupted: " + sum(Member::stale) + " reads were stale.";
            case FAILED, NOT_STARTED ->
                sum(Member::stale) > 0
                        ? "FAILED: " + sum(Member::stale) + " reads were stale."
                        : "FAILED: not every process came back, or not every replica is confirmed.";
        };
    }

    /** Returns the line that is worth sharing. */
    String headline(int faults) {
        long naive = members.stream()
                .filter(member -> member.replica().isNaive())
                .mapToLong(Member::stale)
                .sum();
        return "Freshet: " + requests.writes() + " changes, " + faults + (faults == 1 ? " fault, " : " faults, ")
                + sum(Member::reads) + " reads, " + sum(Member::stale) + " stale. Caffeine with bare Pub/Sub: " + naive
                + " stale.";
    }
}
