package dev.freshet.client;

import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;

/** The lease of a miss. */
final class Leases {

    private Leases() {}

    static Lease of(Lookup<?> lookup) {
        if (lookup instanceof Lookup.Miss<?> miss) {
            return miss.lease();
        }
        throw new AssertionError("expected a miss, but found " + lookup);
    }
}
