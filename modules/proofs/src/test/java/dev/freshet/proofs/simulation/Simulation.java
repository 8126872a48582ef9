package dev.freshet.proofs.simulation;

import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.mutation.Shrinker;
import org.jspecify.annotations.Nullable;

/** Runs seeds one after the other. */
public final class Simulation {

    private final LuaRunner lua = new LuaRunner();
    private long reads;
    private long resets;
    private long foundInRedis;

    /** Runs seeds until one breaks a promise. Returns that one, or -1. */
    public long firstBreach(long fromSeed, int seeds) {
        int[] steps = History.allSteps();
        for (long seed = fromSeed; seed < fromSeed + seeds; seed++) {
            History.Outcome outcome = History.run(seed, steps, lua, null);
            reads += outcome.reads();
            resets += outcome.resets();
            foundInRedis += outcome.foundInRedis();
            if (outcome.breach() != null) {
                return seed;
            }
        }
        return -1;
    }

    /** Runs seeds in which changes are published before those who read can see them. Returns the first that breaks a promise, or -1. */
    long firstBreachPublishingAtCommit(int seeds) {
        int[] steps = History.allSteps();
        for (long seed = 0; seed < seeds; seed++) {
            if (History.run(seed, steps, lua, null, true).breach() != null) {
                return seed;
            }
        }
        return -1;
    }

    /** Returns the first pinned history that breaks a promise, with the promise, or null. */
    public @Nullable String breachInPinnedHistories() {
        for (PinnedHistories.Pinned history : PinnedHistories.all()) {
            try {
                history.run(lua);
            } catch (Breach | RuntimeException breach) {
                return history + " | " + breach.getMessage();
            }
        }
        return null;
    }

    /** Returns what happened in a seed that breaks a promise, as short as can be. */
    public String report(long seed) {
        return Shrinker.report(seed, History.STEPS, (steps, trace) -> History.run(seed, steps, lua, trace)
                .breach());
    }

    /** Returns the promise that a seed breaks, or null. */
    public @Nullable String breachOf(long seed) {
        Throwable breach = History.run(seed, History.allSteps(), lua, null).breach();
        return breach == null ? null : breach.getMessage();
    }

    /** How many values replicas took from Redis. */
    long foundInRedis() {
        return foundInRedis;
    }

    long reads() {
        return reads;
    }

    long resets() {
        return resets;
    }
}
