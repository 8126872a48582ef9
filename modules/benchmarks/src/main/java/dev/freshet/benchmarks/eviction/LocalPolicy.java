package dev.freshet.benchmarks.eviction;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Policies without Redis: Caffeine's, and two for comparison. */
public enum LocalPolicy {
    /** The policy of Freshet's local tier. */
    CAFFEINE("Caffeine (Freshet's local tier)") {
        @Override
        boolean[] hits(int[] keys, int entries) {
            Cache<Integer, Boolean> cache = Caffeine.newBuilder()
                    .maximumSize(entries)
                    .executor(Runnable::run)
                    .build();
            boolean[] hits = new boolean[keys.length];
            for (int i = 0; i < keys.length; i++) {
                hits[i] = cache.getIfPresent(keys[i]) != null;
                if (!hits[i]) {
                    cache.put(keys[i], true);
                }
                cache.cleanUp();
            }
            return hits;
        }
    },
    /** The policy that Redis's LRU approximates by samples. */
    EXACT_LRU("exact LRU") {
        @Override
        boolean[] hits(int[] keys, int entries) {
            LinkedHashMap<Integer, Boolean> held = new LinkedHashMap<>(16, 0.75f, true);
            boolean[] hits = new boolean[keys.length];
            for (int i = 0; i < keys.length; i++) {
                hits[i] = held.get(keys[i]) != null;
                if (!hits[i]) {
                    held.put(keys[i], true);
                    if (held.size() > entries) {
                        held.remove(held.keySet().iterator().next());
                    }
                }
            }
            return hits;
        }
    },
    /** Knows the future and evicts the key that is requested last. No policy has a higher hit rate. */
    OPTIMAL("optimal (Belady)") {
        @Override
        boolean[] hits(int[] keys, int entries) {
            int[] next = new int[keys.length];
            Map<Integer, Integer> later = new HashMap<>();
            for (int i = keys.length - 1; i >= 0; i--) {
                // A key that is never requested again gets a unique number behind the trace, so that map keys differ.
                Integer again = later.put(keys[i], i);
                next[i] = again == null ? keys.length + i : again;
            }
            boolean[] hits = new boolean[keys.length];
            TreeMap<Integer, Integer> heldByNext = new TreeMap<>();
            for (int i = 0; i < keys.length; i++) {
                hits[i] = heldByNext.remove(i) != null;
                heldByNext.put(next[i], keys[i]);
                if (heldByNext.size() > entries) {
                    heldByNext.pollLastEntry();
                }
            }
            return hits;
        }
    };

    private final String label;

    LocalPolicy(String label) {
        this.label = label;
    }

    /** Requests the keys in order, stores each missing one, and returns which requests were hits. */
    abstract boolean[] hits(int[] keys, int entries);

    /** Returns the fraction of requests after the warm-up that were hits. */
    public double hitRate(Trace trace, int entries) {
        boolean[] hits = hits(trace.keys(), entries);
        boolean[] counted = Arrays.copyOfRange(hits, trace.warmUp(), hits.length);
        int count = 0;
        for (boolean hit : counted) {
            count += hit ? 1 : 0;
        }
        return (double) count / counted.length;
    }

    /** Returns the name in the table. */
    public String label() {
        return label;
    }
}
