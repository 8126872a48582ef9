package dev.freshet.cache.internal.store;

import dev.freshet.bus.Confirmation;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnconfirmedPolicy;
import org.jspecify.annotations.Nullable;

/** What a region's answers are worth, and whether it gives any. */
public final class ConfirmationGate {

    private final UnconfirmedPolicy policy;
    private final long afterNanos;
    private volatile @Nullable Confirmation confirmation;

    public ConfirmationGate(UnconfirmedPolicy policy, long afterNanos) {
        this.policy = policy;
        this.afterNanos = afterNanos;
    }

    public void attached(Confirmation to) {
        confirmation = to;
    }

    public long afterNanos() {
        return afterNanos;
    }

    /** Asks no clock where the policy is to serve whatever happens. */
    public boolean isBypassed() {
        return policy == UnconfirmedPolicy.BYPASS && isBypassed(confirmedAgeNanos());
    }

    /**
     * The same by an age that was taken before: what an answer says about itself and whether it is one must come from one
     * look at the clock, since a confirmation may come between two.
     */
    public boolean isBypassed(long confirmedAgeNanos) {
        return policy == UnconfirmedPolicy.BYPASS && confirmedAgeNanos > afterNanos;
    }

    public long confirmedAgeNanos() {
        Confirmation current = confirmation;
        return current == null ? Confirmation.NEVER : current.ageNanos();
    }

    /** How long nothing is proven, where that exceeds the bound; else 0. Without a bus there is nothing to prove. */
    public long unprovenNanos(long confirmedAgeNanos) {
        return confirmation == null || confirmedAgeNanos <= afterNanos ? 0 : confirmedAgeNanos;
    }

    public ServingState state(long confirmedAgeNanos) {
        if (confirmedAgeNanos <= afterNanos) {
            return ServingState.CONFIRMED;
        }
        return policy == UnconfirmedPolicy.BYPASS ? ServingState.BYPASSED : ServingState.UNCONFIRMED;
    }
}
