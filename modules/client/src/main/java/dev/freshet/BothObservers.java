package dev.freshet;

import java.util.List;
import java.util.Objects;

/** Two observers as one: whatever one of them throws, the other sees everything. */
record BothObservers(FreshetObserver first, FreshetObserver second) implements FreshetObserver {

    BothObservers {
        Objects.requireNonNull(first, "first");
        Objects.requireNonNull(second, "second");
    }

    @Override
    public Observation begin() {
        Observation one = begun(first);
        try {
            return new GuardedObservation(List.of(one, begun(second)));
        } catch (Throwable refused) {
            one.closed();
            throw refused;
        }
    }

    /** Begins to observe a client, which does not begin if this throws. */
    static Observation begun(FreshetObserver observer) {
        return Objects.requireNonNull(observer.begin(), "the observer began nothing");
    }
}
