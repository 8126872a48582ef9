package dev.freshet.cache.internal.store;

import dev.freshet.bus.Confirmation;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.UnsupportedLibraryException;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnconfirmedPolicy;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is proven about a region's answers, and whether the region answers at all. */
public final class ConfirmationGate {

    private static final Logger LOG = LoggerFactory.getLogger(ConfirmationGate.class);

    private final UnconfirmedPolicy policy;
    private final long afterNanos;
    private volatile @Nullable Confirmation confirmation;

    /** Why nothing is proven any more; null while there is no such reason. */
    private final AtomicReference<@Nullable String> broken = new AtomicReference<>();

    public ConfirmationGate(UnconfirmedPolicy policy, long afterNanos) {
        this.policy = policy;
        this.afterNanos = afterNanos;
    }

    public synchronized void attached(Confirmation to) {
        if (broken.get() == null) {
            confirmation = to;
        }
    }

    /**
     * Notes that something of the region cannot go on: a class or method is missing, and a place in the code that failed to find one
     * fails for as long as the process lives. From now on nothing is proven. Only the first is kept, and logged.
     *
     * @param what what cannot go on, as it goes on in a sentence
     */
    public synchronized void broken(String what, LinkageError fault) {
        String why = UnsupportedLibraryException.cannotGoOn(what, fault.toString());
        if (broken.compareAndSet(null, why)) {
            confirmation = new Confirmation(TimeSource.SYSTEM); // which nobody confirms
            LOG.error("{}", why, fault);
        }
    }

    /** Returns, in a sentence, why nothing is proven any more; null while there is no such reason. */
    public @Nullable String broken() {
        return broken.get();
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
