package dev.freshet.proofs.mutation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Shortens a history that breaks a promise by leaving steps out for as long as it still does (delta debugging). */
public final class Shrinker {

    /** Runs the steps of a history that are named, in order. */
    public interface Run {

        /**
         * Returns the promise that was broken, or null.
         *
         * @param trace takes what happened, step by step; null: nobody asks
         */
        @Nullable
        Throwable breach(int[] steps, @Nullable List<String> trace);
    }

    private Shrinker() {}

    /** Returns all steps of a history. */
    public static int[] all(int steps) {
        return IntStream.range(0, steps).toArray();
    }

    /** Returns what is left of a seed's history, told step by step, and the promise that it breaks. */
    public static String report(long seed, int allSteps, Run history) {
        int[] steps = shrink(all(allSteps), history);
        List<String> trace = new ArrayList<>();
        Throwable breach = Objects.requireNonNull(history.breach(steps, trace));
        return "seed " + seed + ", shortened to " + steps.length + " of " + allSteps + " steps:\n"
                + String.join("\n", trace) + "\n" + breach;
    }

    private static int[] shrink(int[] steps, Run history) {
        int[] shortest = steps;
        for (int chunk = steps.length / 2; chunk >= 1; chunk /= 2) {
            for (int from = 0; from < shortest.length; ) {
                int[] shorter = without(shortest, from, Math.min(shortest.length, from + chunk));
                if (history.breach(shorter, null) != null) {
                    shortest = shorter;
                } else {
                    from += chunk;
                }
            }
        }
        return shortest;
    }

    private static int[] without(int[] steps, int from, int to) {
        int[] rest = Arrays.copyOf(steps, steps.length - (to - from));
        System.arraycopy(steps, to, rest, from, steps.length - to);
        return rest;
    }
}
