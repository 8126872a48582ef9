package dev.freshet.benchmarks.eviction;

import java.util.SplittableRandom;

/** The traces. A label seeds the random numbers of its trace, so each trace is the same in every run. */
public enum TraceKind {
    /** Recently requested keys are requested again, as by a user at work. */
    RECENCY("asked for lately") {
        @Override
        int[] keys(int length, SplittableRandom random) {
            int[] keys = new int[length];
            int fresh = 0;
            for (int i = 0; i < length; i++) {
                int back = 1 + (int) (-MEAN_DISTANCE * Math.log(1 - random.nextDouble()));
                keys[i] = back <= i && random.nextDouble() < 0.9 ? keys[i - back] : fresh++;
            }
            return keys;
        }
    },
    /** A few keys are popular for good, as in a catalogue. */
    FREQUENCY("popular for good (Zipf)") {
        @Override
        int[] keys(int length, SplittableRandom random) {
            Zipf zipf = new Zipf(60_000, 0.9);
            int[] keys = new int[length];
            for (int i = 0; i < length; i++) {
                keys[i] = zipf.next(random);
            }
            return keys;
        }
    },
    /** A few keys are popular, while a report reads everything once and a job reads one range repeatedly. */
    SCAN("popular, with scans and loops") {
        @Override
        int[] keys(int length, SplittableRandom random) {
            Zipf zipf = new Zipf(30_000, 0.9);
            int[] keys = new int[length];
            int scanned = 1_000_000;
            int looped = 0;
            for (int i = 0; i < length; i++) {
                boolean isScan = i / 5_000 % 3 == 2;
                if (random.nextDouble() < 0.4) {
                    keys[i] = isScan ? scanned++ : 500_000 + looped++ % 9_000;
                } else {
                    keys[i] = zipf.next(random);
                }
            }
            return keys;
        }
    },
    /** A few keys are popular, and they change, as in news. */
    SHIFTING("popular for 30 s, then others") {
        @Override
        int[] keys(int length, SplittableRandom random) {
            Zipf zipf = new Zipf(30_000, 1.0);
            int[] keys = new int[length];
            for (int i = 0; i < length; i++) {
                int era = i / (30 * EvictionRun.REQUESTS_PER_SECOND);
                keys[i] = (zipf.next(random) + era * 7_919) % 30_000;
            }
            return keys;
        }
    },
    /** The classes that the JDK's classes refer to: a real trace, available on every machine. */
    CLASSES("classes that the JDK's own refer to") {
        @Override
        int[] keys(int length, SplittableRandom random) {
            return JdkClassReferences.first(length);
        }
    };

    private static final int MEAN_DISTANCE = 5_000;
    private static final long SEED = 20_260_101;

    private final String label;

    TraceKind(String label) {
        this.label = label;
    }

    abstract int[] keys(int length, SplittableRandom random);

    /** Returns the first requests of the trace. */
    public Trace first(int length) {
        return new Trace(label, keys(length, new SplittableRandom(SEED + label.hashCode())));
    }

    /** Returns the name in the table. */
    public String label() {
        return label;
    }
}
