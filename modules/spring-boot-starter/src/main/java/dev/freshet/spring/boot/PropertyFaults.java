package dev.freshet.spring.boot;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Collects what is wrong with properties, so that all of it is said at once. */
final class PropertyFaults {

    /** Each once: what is wrong with the defaults is found with each cache. */
    private final Set<String> faults = new LinkedHashSet<>();

    /** Notes a fault. The sentence must not hold a secret. */
    void add(String property, String sentence) {
        faults.add(property + ": " + sentence);
    }

    /** Returns what a property's value makes of this; this itself if the value is refused. */
    <T> T apply(String property, T start, UnaryOperator<T> change) {
        return get(property, start, () -> change.apply(start));
    }

    /** Returns what a property's value becomes; the other if the value is refused. */
    <T> T get(String property, T other, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException refused) {
            add(property, String.valueOf(refused.getMessage()));
            return other;
        }
    }

    /** @throws InvalidFreshetPropertiesException if anything is wrong */
    void throwIfAny() {
        if (!faults.isEmpty()) {
            throw new InvalidFreshetPropertiesException(List.copyOf(faults));
        }
    }
}
