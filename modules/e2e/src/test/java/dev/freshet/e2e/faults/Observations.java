package dev.freshet.e2e.faults;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What one reader saw during one fault. Used under its reader's lock. */
final class Observations {
    private static final int MOST_VIOLATIONS = 20;

    private long reads;
    private long checkedHits;
    private long bypassedReads;
    private long unansweredRequests;
    private long refusedStores;
    private long longestStaleNanos;
    private long violationsSeen;
    private final List<String> violations = new ArrayList<>();
    private final BitSet missing = new BitSet();

    void read() {
        reads++;
    }

    void checkedHit() {
        checkedHits++;
    }

    void bypassed() {
        bypassedReads++;
    }

    void unanswered() {
        unansweredRequests++;
    }

    void refusedStore() {
        refusedStores++;
    }

    void stale(long nanos) {
        longestStaleNanos = Math.max(longestStaleNanos, nanos);
    }

    void violation(String what) {
        violationsSeen++;
        if (violations.size() < MOST_VIOLATIONS) {
            violations.add(what);
        }
    }

    /** An entry that nothing ever invalidated was not there, though the region was confirmed. */
    void missing(int number) {
        missing.set(number);
    }

    /** Answers of any kind to reads. */
    long reads() {
        return reads;
    }

    /** Hits that were held against what they claimed. */
    long checkedHits() {
        return checkedHits;
    }

    long bypassedReads() {
        return bypassedReads;
    }

    long unansweredRequests() {
        return unansweredRequests;
    }

    /** Loads that were overtaken by a change, and not stored. */
    long refusedStores() {
        return refusedStores;
    }

    /** The longest time from the acknowledgement of a change to a request that was still answered with the value before. */
    long longestStaleNanos() {
        return longestStaleNanos;
    }

    int missingEntries() {
        return missing.cardinality();
    }

    /** The first of them, and how many there were. */
    List<String> violations() {
        List<String> all = new ArrayList<>(violations);
        if (violationsSeen > all.size()) {
            all.add("and " + (violationsSeen - all.size()) + " more");
        }
        return all;
    }
}
