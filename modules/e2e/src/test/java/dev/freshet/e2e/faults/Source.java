package dev.freshet.e2e.faults;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The data that the entries are copies of: for each key a version that only grows, when each version was committed, and when
 * its publication was acknowledged. All times are {@link System#nanoTime()} of this process.
 *
 * <p>One thread writes; any number of threads read.
 */
final class Source {
    /** What {@link #supersededNanos} returns while no newer version is acknowledged. */
    static final long NOT_SUPERSEDED = Long.MAX_VALUE;

    private static final int FIRST_VERSIONS = 16;

    private static final class Row {
        private volatile int version;
        private volatile long committedNanos = System.nanoTime();

        /** At index v: the moment when the publication of version v was acknowledged, or {@link #NOT_SUPERSEDED}. */
        private volatile AtomicLongArray acknowledgedNanos = empty(FIRST_VERSIONS);
    }

    /** The value of a key at one moment. */
    record Value(String key, int version, long committedNanos) {
        byte[] encode() {
            return (key + " " + version + " " + committedNanos).getBytes(StandardCharsets.US_ASCII);
        }

        /**
         * Parses what {@link #encode} wrote.
         *
         * @throws IllegalArgumentException if the text is anything else
         */
        static Value decode(String text) {
            String[] parts = text.split(" ", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("not a value of this source: " + text);
            }
            return new Value(parts[0], Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
        }
    }

    private final Row[] rows;

    Source(int size) {
        rows = new Row[size];
        for (int i = 0; i < size; i++) {
            rows[i] = new Row();
        }
    }

    private static AtomicLongArray empty(int length) {
        AtomicLongArray array = new AtomicLongArray(length);
        for (int i = 0; i < length; i++) {
            array.set(i, NOT_SUPERSEDED);
        }
        return array;
    }

    int size() {
        return rows.length;
    }

    static String key(int number) {
        return "user:" + number;
    }

    /** Returns the value that a load finds now. */
    Value read(int number) {
        Row row = rows[number];
        int version = row.version;
        // May already belong to the next version; only people read it.
        return new Value(key(number), version, row.committedNanos);
    }

    int version(int number) {
        return rows[number].version;
    }

    /** Changes a key, and returns the new version, which loads find from now on. */
    int commit(int number) {
        Row row = rows[number];
        int next = row.version + 1;
        AtomicLongArray acknowledged = row.acknowledgedNanos;
        if (next >= acknowledged.length()) {
            AtomicLongArray longer = empty(2 * acknowledged.length());
            for (int i = 0; i < acknowledged.length(); i++) {
                longer.set(i, acknowledged.get(i));
            }
            row.acknowledgedNanos = longer;
        }
        row.committedNanos = System.nanoTime();
        row.version = next;
        return next;
    }

    /** Notes that the publication of a key's newest version was acknowledged. */
    void acknowledged(int number, long nanos) {
        Row row = rows[number];
        row.acknowledgedNanos.set(row.version, nanos);
    }

    /** Returns when the publication of the version after this one was acknowledged, or {@link #NOT_SUPERSEDED}. */
    long supersededNanos(int number, int version) {
        AtomicLongArray acknowledged = rows[number].acknowledgedNanos;
        return version + 1 < acknowledged.length() ? acknowledged.get(version + 1) : NOT_SUPERSEDED;
    }
}
