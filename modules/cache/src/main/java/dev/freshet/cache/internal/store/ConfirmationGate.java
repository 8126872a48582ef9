package dev.freshet.cache.internal.store;

import dev.freshet.bus.Confirmation;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnconfirmedPolicy;
import org.jspecify.annotations.Nullable;

/** What is proven about a region's answers, and whether the region answers at all. */
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

    /** Whether every read is a miss. Asks no clock if the policy is to serve whatever happens. */
    public boolean isBypassed() {
        return policy == UnconfirmedPolicy.BYPASS && isBypassed(confirmedAgeNanos());
    }

    /**
     * Whether every read is a miss, by an age that the caller took before. A confirmation may come between two looks at the
     * clock, so what an answer says about itself and whether there is one must come from the same look.
     */
    public boolean isBypassed(long confirmedAgeNanos) {
        return policy == UnconfirmedPolicy.BYPASS && confirmedAgeNanos > afterNanos;
    }

    public long confirmedAgeNanos() {
        Confirmation current = confirmation;
        return current == null ? Confirmation.NEVER : current.ageNanos();
    }

    /** For how long nothing is proven, if that exceeds the bound; else 0. Always 0 without a bus. */
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
