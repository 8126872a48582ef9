package dev.freshet.cache;

import dev.freshet.bus.Confirmation;
import org.jspecify.annotations.Nullable;

/** What a region's answers are worth, and whether it gives any. */
final class Serving {

    private final UnconfirmedPolicy policy;
    private final long afterNanos;
    private volatile @Nullable Confirmation confirmation;

    Serving(UnconfirmedPolicy policy, long afterNanos) {
        this.policy = policy;
        this.afterNanos = afterNanos;
    }

    void attached(Confirmation to) {
        confirmation = to;
    }

    long afterNanos() {
        return afterNanos;
    }

    /** Asks no clock where the policy is to serve whatever happens. */
    boolean isBypassed() {
        return policy == UnconfirmedPolicy.BYPASS && isBypassed(confirmedAgeNanos());
    }

    /**
     * The same by an age that was taken before: what an answer says about itself and whether it is one must come from one
     * look at the clock, since a confirmation may come between two.
     */
    boolean isBypassed(long confirmedAgeNanos) {
        return policy == UnconfirmedPolicy.BYPASS && confirmedAgeNanos > afterNanos;
    }

    long confirmedAgeNanos() {
        Confirmation current = confirmation;
        return current == null ? Confirmation.NEVER : current.ageNanos();
    }

    /** How long nothing is proven, where that exceeds the bound; else 0. Without a bus there is nothing to prove. */
    long unprovenNanos(long confirmedAgeNanos) {
        return confirmation == null || confirmedAgeNanos <= afterNanos ? 0 : confirmedAgeNanos;
    }

    ServingState state(long confirmedAgeNanos) {
        if (confirmedAgeNanos <= afterNanos) {
            return ServingState.CONFIRMED;
        }
        return policy == UnconfirmedPolicy.BYPASS ? ServingState.BYPASSED : ServingState.UNCONFIRMED;
    }
}
