package dev.freshet.subscriber.http;

import dev.freshet.cache.Refusal;
import dev.freshet.service.http.Problem;

/** Makes the answers to stores that were refused. */
final class StoreAnswer {

    private StoreAnswer() {}

    /**
     * Returns the problem for a refusal.
     *
     * @param limitBytes the maximum size of a value in the region
     */
    static Problem refused(Refusal reason, long limitBytes) {
        return switch (reason) {
            case UNLEASED -> leaseRequired();
            case TOO_LARGE -> tooLarge(limitBytes);
            case INVALIDATED ->
                conflict(
                        reason,
                        "The entry was invalidated after the lease was handed out. Use the value without storing it; the next read"
                                + " gives a new lease.");
            case RESET ->
                conflict(
                        reason,
                        "The region was reset after the lease was handed out. Use the value without storing it; the next read gives"
                                + " a new lease.");
            case EXPIRED ->
                conflict(
                        reason,
                        "The lease is older than lease-ttl, or made room for newer ones (maximum-leases). Read the entry again"
                                + " and load it anew.");
            case USED ->
                conflict(
                        reason,
                        "This lease had its store already; a lease allows one. Read the entry again for a new lease.");
            case FOREIGN ->
                conflict(
                        reason,
                        "The lease belongs to another process, another life of this process, another region or another key. Read"
                                + " the entry here.");
            case UNKNOWN -> conflict(reason, "The text is not a lease. Send the Lease of the miss unchanged.");
            case VERSION ->
                conflict(
                        reason,
                        "An invalidation named a higher version of this key. Load the value from a source that is up to date.");
        };
    }

    /** @param limitBytes the maximum size of a value */
    static Problem tooLarge(long limitBytes) {
        return Problem.of(
                        413,
                        "too-large",
                        "The value is too large: this region keeps at most " + limitBytes
                                + " bytes a value. Use it without storing it.")
                .with("limitBytes", limitBytes);
    }

    static Problem leaseRequired() {
        return Problem.of(
                428,
                "lease-required",
                "A store needs the Lease of the miss before it; without a lease, an outdated value could come back after its"
                        + " eviction. Read the entry first.");
    }

    private static Problem conflict(Refusal reason, String detail) {
        return Problem.of(409, "store-refused", detail).with("reason", reason.label());
    }
}
