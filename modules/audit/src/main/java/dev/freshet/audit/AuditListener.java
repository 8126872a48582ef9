package dev.freshet.audit;

import java.time.Duration;

/** Hears what an auditor finds out. Called by one thread at a time; must not block. What it throws is contained and logged. */
public interface AuditListener {

    /** The auditor looks at a region from now on. Called before anything else about it. */
    default void begun(String region) {}

    /** Members said whether they still hold what a record had named. */
    default void checked(String region, Duration after, int members) {}

    /** A member holds what was invalidated, or what differs from the truth. */
    default void found(AuditFinding finding) {}

    /** Members did not answer in time, or cannot tell. Nothing is known of them. */
    default void unanswered(String region, Duration after, int members) {}

    /** Records were left out because there are too many. */
    default void skipped(String region, long records) {}

    /** Entries were compared with the truth. */
    default void compared(String region, int entries) {}

    /** Entries could not be compared: the truth does not cover their keys, or the member does not know its values' bytes. */
    default void notCompared(String region, int entries) {}

    /** Redis or a truth could not be asked. The auditor tries again. */
    default void failed(String region, String why) {}

    /** Returns a listener that tells both, this one first. */
    default AuditListener andThen(AuditListener other) {
        AuditListener first = this;
        return new AuditListener() {
            @Override
            public void begun(String region) {
                first.begun(region);
                other.begun(region);
            }

            @Override
            public void checked(String region, Duration after, int members) {
                first.checked(region, after, members);
                other.checked(region, after, members);
            }

            @Override
            public void found(AuditFinding finding) {
                first.found(finding);
                other.found(finding);
            }

            @Override
            public void unanswered(String region, Duration after, int members) {
                first.unanswered(region, after, members);
                other.unanswered(region, after, members);
            }

            @Override
            public void skipped(String region, long records) {
                first.skipped(region, records);
                other.skipped(region, records);
            }

            @Override
            public void compared(String region, int entries) {
                first.compared(region, entries);
                other.compared(region, entries);
            }

            @Override
            public void notCompared(String region, int entries) {
                first.notCompared(region, entries);
                other.notCompared(region, entries);
            }

            @Override
            public void failed(String region, String why) {
                first.failed(region, why);
                other.failed(region, why);
            }
        };
    }
}
