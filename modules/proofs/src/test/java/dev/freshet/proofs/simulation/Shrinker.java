package dev.freshet.proofs.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Shortens a history that breaks a promise by leaving steps out for as long as it still does (delta debugging). */
final class Shrinker {

    private Shrinker() {}

    /** Returns what is left of a seed's history, told step by step, and the promise that it breaks. */
    static String report(long seed, LuaRunner lua) {
        int[] steps = shrink(seed, History.allSteps(), lua);
        List<String> trace = new ArrayList<>();
        Throwable breach =
                Objects.requireNonNull(History.run(seed, steps, lua, trace).breach());
        return "seed " + seed + ", shortened to " + steps.length + " of " + History.STEPS + " steps:\n"
                + String.join("\n", trace) + "\n" + breach;
    }

    private static int[] shrink(long seed, int[] steps, LuaRunner lua) {
        int[] shortest = steps;
        for (int chunk = steps.length / 2; chunk >= 1; chunk /= 2) {
            for (int from = 0; from < shortest.length; ) {
                int[] shorter = without(shortest, from, Math.min(shortest.length, from + chunk));
                if (History.run(seed, shorter, lua, null).breach() != null) {
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
