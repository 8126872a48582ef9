package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.faults.Fault.Continuity;
import dev.freshet.e2e.faults.Line.Replica;
import dev.freshet.testkit.MetricsPage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs one fault until the subscribers have recovered. Entries are stored, changed and read all the time. The fault begins and
 * ends. The run waits until every subscriber has said that it applied everything, and compares what they hold with the source.
 */
final class FaultRun {
    private static final Duration LONGEST_RECOVERY = Duration.ofMinutes(3);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final List<String> REASONS =
            List.of("epoch", "head_behind", "server", "trimmed", "unreadable", "foreign", "reader_failed", "overflow");

    /** Makes a fault happen, and ends it before it returns. */
    interface Injection {
        void run() throws Exception;
    }

    private final Line line;
    private final Size size;
    private final Fault fault;
    private final List<Replica> victims;
    private final int entries;

    /**
     * Prepares a run.
     *
     * @param victims the subscribers that the fault hits; it must not affect the others
     * @param entries how many each subscriber holds
     */
    FaultRun(Line line, Size size, Fault fault, List<Replica> victims, int entries) {
        this.line = line;
        this.size = size;
        this.fault = fault;
        this.victims = victims;
        this.entries = entries;
    }

    /** Runs the fault, checks every promise, and returns what was measured. */
    FaultTable.Row run(Injection injection) throws Exception {
        fill();
        Map<Replica, Map<String, Long>> resetsBefore = new HashMap<>();
        for (Replica replica : line.replicas()) {
            resetsBefore.put(replica, resets(replica));
            replica.reader().start(entries);
        }
        line.writer().start(entries / 2);
        awaitHits(200);

        injection.run();
        long healedNanos = System.nanoTime();
        Duration recovery = awaitRecovery(healedNanos);
        awaitHits(size.minHitsAFault());
        line.writer().stop();
        awaitAllConfirmedAsOf(System.nanoTime());

        List<Observations> seen = new ArrayList<>();
        for (Replica replica : line.replicas()) {
            seen.add(replica.reader().stop());
        }
        return judge(seen, resetsBefore, recovery);
    }

    private void fill() throws IOException {
        for (Replica replica : line.replicas()) {
            replica.reader().fill(entries);
            Reader.Survey survey = replica.reader().survey(entries);
            assertThat(survey.missingUnchanged())
                    .as("%s: entries that %s lacks though they were just stored", fault, replica.name())
                    .isZero();
        }
    }

    private void awaitHits(long more) {
        List<Long> before =
                line.replicas().stream().map(one -> one.reader().checkedHits()).toList();
        await(fault + ": " + more + " more hits on each subscriber")
                .atMost(LONGEST_RECOVERY)
                .pollInterval(POLL)
                .until(() -> {
                    for (int i = 0; i < before.size(); i++) {
                        long now = line.replicas().get(i).reader().checkedHits();
                        if (now - before.get(i) < more) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** Waits until changes are taken again, and every subscriber has confirmed what was appended before the fault ended. */
    private Duration awaitRecovery(long healedNanos) {
        for (Replica replica : line.replicas()) {
            replica.reader().expectConfirmationAsOf(healedNanos);
        }
        await(fault + ": a change is taken")
                .atMost(LONGEST_RECOVERY)
                .pollInterval(POLL)
                .until(() -> line.writer().acknowledgedRequestNanos() - healedNanos >= 0);
        long recoveredNanos = line.writer().acknowledgedNanos();
        for (Replica replica : line.replicas()) {
            await(fault + ": " + replica.name() + " is confirmed again")
                    .atMost(LONGEST_RECOVERY)
                    .pollInterval(POLL)
                    .until(() -> replica.reader().reachedNanos() != 0);
            recoveredNanos = Math.max(recoveredNanos, replica.reader().reachedNanos());
        }
        return Duration.ofNanos(recoveredNanos - healedNanos);
    }

    private void awaitAllConfirmedAsOf(long nanos) {
        for (Replica replica : line.replicas()) {
            await(fault + ": " + replica.name() + " is confirmed as of the last change")
                    .atMost(LONGEST_RECOVERY)
                    .pollInterval(POLL)
                    .until(() -> replica.reader().confirmedAsOfNanos() - nanos >= 0);
        }
    }

    private FaultTable.Row judge(
            List<Observations> seen, Map<Replica, Map<String, Long>> resetsBefore, Duration recovery)
            throws IOException {
        List<String> stale = new ArrayList<>();
        Map<String, Long> resets = new TreeMap<>();
        long reads = 0;
        long hits = 0;
        long bypassed = 0;
        long refused = 0;
        long longestStaleNanos = 0;
        int thrownAway = 0;
        for (int i = 0; i < seen.size(); i++) {
            Replica replica = line.replicas().get(i);
            Observations observed = seen.get(i);
            assertThat(observed.violations())
                    .as("%s: answers that were not what they claimed (logs in %s)", fault, line.folder())
                    .isEmpty();
            Reader.Survey survey = replica.reader().survey(entries);
            stale.addAll(survey.stale());
            reads += observed.reads();
            hits += observed.checkedHits();
            bypassed += observed.bypassedReads();
            refused += observed.refusedStores();
            longestStaleNanos = Math.max(longestStaleNanos, observed.longestStaleNanos());
            Map<String, Long> resetsHere = since(resetsBefore, replica);
            resetsHere.forEach((reason, count) -> resets.merge(reason, count, Long::sum));
            int lost = Math.max(survey.missingUnchanged(), observed.missingEntries());
            judge(replica, resetsHere, lost);
            thrownAway += lost;
        }
        assertThat(stale)
                .as("%s: entries that are stale after it is over (logs in %s)", fault, line.folder())
                .isEmpty();
        assertThat(longestStaleNanos)
                .as("%s: the longest time that an entry was served stale, in nanoseconds", fault)
                .isLessThanOrEqualTo(size.bound().toNanos());
        return new FaultTable.Row(
                fault,
                stale.size(),
                Duration.ofNanos(longestStaleNanos),
                thrownAway,
                resets,
                recovery,
                reads,
                hits,
                bypassed,
                refused);
    }

    private void judge(Replica replica, Map<String, Long> resets, int lost) {
        if (fault.continuity() == Continuity.LOST && victims.contains(replica)) {
            assertThat(resets.keySet())
                    .as("%s: why %s reset", fault, replica.name())
                    .isNotEmpty()
                    .isSubsetOf(fault.resetReasons());
        } else if (fault.continuity() != Continuity.NEW_PROCESS || !victims.contains(replica)) {
            assertThat(resets).as("%s: resets of %s", fault, replica.name()).isEmpty();
            assertThat(lost)
                    .as("%s: entries that %s threw away needlessly", fault, replica.name())
                    .isZero();
        }
    }

    /** Returns how often the subscriber has reset since its start, by reason; reasons without a reset are left out. */
    private static Map<String, Long> resets(Replica replica) {
        MetricsPage page = replica.metrics();
        Map<String, Long> resets = new TreeMap<>();
        for (String reason : REASONS) {
            long count = Math.round(page.sum("freshet_resets_total", "reason=\"" + reason + "\""));
            if (count > 0) {
                resets.put(reason, count);
            }
        }
        return resets;
    }

    private Map<String, Long> since(Map<Replica, Map<String, Long>> before, Replica replica) {
        Map<String, Long> now = resets(replica);
        if (fault.continuity() != Continuity.NEW_PROCESS || !victims.contains(replica)) {
            before.getOrDefault(replica, Map.of())
                    .forEach((reason, count) -> now.computeIfPresent(
                            reason, (same, total) -> total.equals(count) ? null : Long.valueOf(total - count)));
        }
        return now;
    }
}
