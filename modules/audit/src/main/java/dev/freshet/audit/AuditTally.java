package dev.freshet.audit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Adds up what an auditor finds out, and keeps the latest findings. Safe to use from any thread. */
public final class AuditTally implements AuditListener {

    private static final int MAX_FINDINGS = 100;

    /**
     * What was found at one of the times.
     *
     * @param checked how often a member said what it holds
     * @param stale how often it held something from before the change
     * @param admitted how often, of these, it would have said so itself
     * @param wrong how often a value still differed from the truth
     * @param unanswered how often a member did not answer, or could not tell
     */
    public record Moment(long checked, long stale, long admitted, long wrong, long unanswered) {

        static final Moment NONE = new Moment(0, 0, 0, 0, 0);

        Moment plus(Moment other) {
            return new Moment(
                    checked + other.checked,
                    stale + other.stale,
                    admitted + other.admitted,
                    wrong + other.wrong,
                    unanswered + other.unanswered);
        }
    }

    private final Map<Duration, Moment> moments = new TreeMap<>();
    private final ArrayDeque<AuditFinding> findings = new ArrayDeque<>();
    private long skipped;
    private long compared;
    private long notCompared;
    private long failures;
    private @Nullable String lastFailure;

    private void add(Duration after, Moment more) {
        moments.merge(after, more, Moment::plus);
    }

    @Override
    public synchronized void checked(String region, Duration after, int members) {
        add(after, new Moment(members, 0, 0, 0, 0));
    }

    @Override
    public synchronized void found(AuditFinding finding) {
        boolean isStale = finding.kind() == AuditFinding.Kind.STALE;
        add(finding.after(), new Moment(0, isStale ? 1 : 0, isStale && finding.admitted() ? 1 : 0, isStale ? 0 : 1, 0));
        if (findings.size() == MAX_FINDINGS) {
            findings.removeFirst();
        }
        findings.addLast(finding);
    }

    @Override
    public synchronized void unanswered(String region, Duration after, int members) {
        add(after, new Moment(0, 0, 0, 0, members));
    }

    @Override
    public synchronized void skipped(String region, long records) {
        skipped += records;
    }

    @Override
    public synchronized void compared(String region, int entries) {
        compared += entries;
    }

    @Override
    public synchronized void notCompared(String region, int entries) {
        notCompared += entries;
    }

    @Override
    public synchronized void failed(String region, String why) {
        failures++;
        lastFailure = why;
    }

    /** Returns what was found at each of the times, in their order. */
    public synchronized Map<Duration, Moment> moments() {
        return new TreeMap<>(moments);
    }

    /** Returns the latest findings, oldest first. */
    public synchronized List<AuditFinding> findings() {
        return new ArrayList<>(findings);
    }

    public synchronized long skipped() {
        return skipped;
    }

    public synchronized long compared() {
        return compared;
    }

    public synchronized long notCompared() {
        return notCompared;
    }

    public synchronized long failures() {
        return failures;
    }

    /** Returns why something could not be asked; null: everything could. */
    public synchronized @Nullable String lastFailure() {
        return lastFailure;
    }

    /**
     * Returns what a number of checks says, as a part that is fresh. If none was stale, the true part of stale ones lies below 3
     * divided by the checks with 95 % certainty (the rule of three), so that few checks never read as perfect.
     */
    public static double fresh(long checked, long stale) {
        return checked == 0 ? 0 : 1 - (stale == 0 ? Math.min(1, 3.0 / checked) : (double) stale / checked);
    }

    /** Returns how many nines a part begins with: 0.9995 has 3. */
    public static int nines(double fresh) {
        return fresh >= 1 ? 15 : Math.max(0, (int) Math.floor(-Math.log10(1 - fresh) + 1e-9));
    }
}
