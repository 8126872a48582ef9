package dev.freshet.e2e.faults;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What one reader saw during one fault. Guarded by the lock of its reader. */
final class Observations {
    private static final int MAX_VIOLATIONS = 20;

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
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(what);
        }
    }

    /** Notes that an entry was missing that nothing invalidates, while the region was confirmed. */
    void missing(int number) {
        missing.set(number);
    }

    /** Returns how many reads were answered, in any way. */
    long reads() {
        return reads;
    }

    /** Returns how many hits were checked. */
    long checkedHits() {
        return checkedHits;
    }

    long bypassedReads() {
        return bypassedReads;
    }

    long unansweredRequests() {
        return unansweredRequests;
    }

    /** Returns how many stores were refused because a change had overtaken the load. */
    long refusedStores() {
        return refusedStores;
    }

    /** Returns the longest time from the acknowledgement of a change to a request that still got the value before it. */
    long longestStaleNanos() {
        return longestStaleNanos;
    }

    int missingEntries() {
        return missing.cardinality();
    }

    /** Returns the first violations, and how many there were. */
    List<String> violations() {
        List<String> all = new ArrayList<>(violations);
        if (violationsSeen > all.size()) {
            all.add("and " + (violationsSeen - all.size()) + " more");
        }
        return all;
    }
}
