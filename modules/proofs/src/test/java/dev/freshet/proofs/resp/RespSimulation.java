package dev.freshet.proofs.resp;

import dev.freshet.proofs.mutation.Shrinker;
import org.jspecify.annotations.Nullable;

/** Runs seeds one after the other. */
public final class RespSimulation {

    private long hits;
    private long answers;

    /** Runs seeds until one breaks a promise. Returns that one, or -1. */
    public long firstBreach(long fromSeed, int seeds) {
        for (long seed = fromSeed; seed < fromSeed + seeds; seed++) {
            RespHistory.Outcome outcome = RespHistory.run(seed);
            hits += outcome.hits();
            answers += outcome.answers();
            if (outcome.breach() != null) {
                return seed;
            }
        }
        return -1;
    }

    /** Returns the promise that a seed breaks, or null. */
    public @Nullable String breachOf(long seed) {
        Throwable breach = RespHistory.run(seed).breach();
        return breach == null ? null : String.valueOf(breach.getMessage());
    }

    /** Returns what happened in a seed that breaks a promise, as short as can be. */
    String report(long seed) {
        return Shrinker.report(seed, RespHistory.STEPS, (steps, trace) -> RespHistory.run(seed, steps, trace)
                .breach());
    }

    long hits() {
        return hits;
    }

    long answers() {
        return answers;
    }
}
