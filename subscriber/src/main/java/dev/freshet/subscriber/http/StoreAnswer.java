package dev.freshet.subscriber.http;

import dev.freshet.cache.Refusal;
import dev.freshet.service.Problem;

/** What a client is told whose value was not kept. */
final class StoreAnswer {

    private StoreAnswer() {}

    /**
     * Returns the problem that says why.
     *
     * @param limitBytes the most that a value may take in the region
     */
    static Problem refused(Refusal reason, long limitBytes) {
        return switch (reason) {
            case UNLEASED -> leaseRequired();
            case TOO_LARGE -> BodyReader.tooLarge(limitBytes);
            case INVALIDATED ->
                conflict(
                        reason,
                        "The entry was invalidated after the lease was handed out. Read it again and load it anew.");
            case RESET ->
                conflict(
                        reason,
                        "The region was reset after the lease was handed out. Read the entry again and load it anew.");
            case EXPIRED -> conflict(reason, "The lease is too old. Read the entry again and load it anew.");
            case USED -> conflict(reason, "A store was made under this lease before; a lease is good for one.");
            case FOREIGN ->
                conflict(
                        reason,
                        "The lease is of another process, another life of this one, another region or another key.");
            case UNKNOWN -> conflict(reason, "The text is not a lease. Send it as the miss gave it.");
            case VERSION ->
                conflict(
                        reason,
                        "An invalidation named a higher version of this key. Load it from an up-to-date source.");
        };
    }

    static Problem leaseRequired() {
        return Problem.of(
                428,
                "lease-required",
                "A store needs the Lease of the miss before it: without one, an outdated value could come back after its"
                        + " eviction. Read the entry first.");
    }

    private static Problem conflict(Refusal reason, String detail) {
        return Problem.of(409, "store-refused", detail).with("reason", reason.label());
    }
}
