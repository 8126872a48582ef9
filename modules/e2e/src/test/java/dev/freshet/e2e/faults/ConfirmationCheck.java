package dev.freshet.e2e.faults;

import java.time.Duration;
import java.util.Optional;

/**
 * Checks what a subscriber promises with each answer, from another process.
 *
 * <p>An answer says {@code Freshet-State: confirmed} and {@code Freshet-Confirmed-Age: a}. The subscriber made it at a moment m. By
 * then it had applied everything that was appended before m − a, and could no longer serve what that superseded. Let
 *
 * <ul>
 *   <li>{@code r} be the moment when the reader began to send its request, so r ≤ m;
 *   <li>{@code s} be the moment when the writer had received the publisher's 200 for the version after the one in the answer.
 *       That version was committed at the source before it was published, and appended before s.
 * </ul>
 *
 * If s ≤ r − a, then the newer version was appended before s ≤ r − a ≤ m − a. So the older one had been evicted, no load that
 * began before could be stored, and every later load found the newer version. An answer with the older version is then a
 * violation. If s &gt; r − a, the check decides nothing: the answer may be stale, and it says so.
 *
 * <p>The check compares only r and s, which are of its own monotonic clock, and the duration a, which the subscriber rounds up to
 * milliseconds. Each inaccuracy (the time of the request, of the acknowledgement, the rounding) can hide a violation that is
 * shorter than it. None can report a violation that did not happen.
 *
 * <p>With the policy {@code bypass} a hit must also be confirmed, and a must be within the bound. Together: no reader gets a value
 * that was superseded for longer than the bound, from the acknowledgement to the reader's request.
 */
final class ConfirmationCheck {
    private final long boundNanos;

    /** @param bound {@code unconfirmed.after} of a region whose policy is {@code bypass} */
    ConfirmationCheck(Duration bound) {
        this.boundNanos = bound.toNanos();
    }

    /**
     * Checks one hit.
     *
     * @param requestNanos r
     * @param supersededNanos s, or {@link Source#NOT_SUPERSEDED}
     * @return what is wrong with it, in words
     */
    Optional<String> broken(PipelinedConnection.Answer hit, long requestNanos, long supersededNanos) {
        return broken(hit.state(), hit.confirmedAgeNanos(), requestNanos, supersededNanos);
    }

    /** Checks a hit that says with other words what it is worth. */
    Optional<String> broken(String state, long confirmedAgeNanos, long requestNanos, long supersededNanos) {
        if (!state.equals("confirmed")) {
            return Optional.of("served although " + state);
        }
        if (confirmedAgeNanos > boundNanos) {
            return Optional.of("served with a confirmation older than the bound");
        }
        if (supersededNanos != Source.NOT_SUPERSEDED && requestNanos - confirmedAgeNanos - supersededNanos >= 0) {
            return Optional.of("superseded before the moment as of which all was said to be applied");
        }
        return Optional.empty();
    }
}
