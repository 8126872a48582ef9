package dev.freshet.e2e.faults;

import java.time.Duration;
import java.util.Optional;

/**
 * What a subscriber promises with each answer, put so that another process can check it.
 *
 * <p>An answer says {@code Freshet-State: confirmed} and {@code Freshet-Confirmed-Age: a}. At the moment m at which the
 * subscriber looked, all that was appended before m − a was applied, and so could not be read any more. Let
 *
 * <ul>
 *   <li>{@code r} be when the reader began to send its request, so r ≤ m;
 *   <li>{@code s} be when the writer had received the publisher's 200 for the version that follows the one in the answer.
 *       It was appended before that, and committed at the source before it was published.
 * </ul>
 *
 * If s ≤ r − a, then the newer version was appended before s ≤ r − a ≤ m − a, so the older one had been evicted, nothing that
 * was loaded before could be stored again, and whatever was loaded after came from a source that had the newer version. To be
 * answered the older version is then a lie. If s &gt; r − a, nothing can be said: the answer may be stale, and it says so.
 *
 * <p>All that is compared is r and s, of the checker's one monotonic clock, and the duration a, which the subscriber rounds
 * up to milliseconds. Every inaccuracy (the way to the subscriber and back, the way of the acknowledgement, the rounding)
 * makes the check miss a lie that is shorter than it; none can make it see one that is not there.
 *
 * <p>Where the policy is {@code bypass} a hit must also be confirmed, and within the bound. Together: no reader is ever
 * answered a value that was superseded for longer than the bound, counted from the acknowledgement to its request.
 */
final class ConfirmationCheck {
    private final long boundNanos;

    /** @param bound {@code unconfirmed.after} of a region whose policy is {@code bypass} */
    ConfirmationCheck(Duration bound) {
        this.boundNanos = bound.toNanos();
    }

    /**
     * Judges one hit.
     *
     * @param requestNanos r
     * @param supersededNanos s, or {@link Source#NOT_SUPERSEDED}
     * @return what is wrong with it, in words
     */
    Optional<String> broken(PipelinedConnection.Answer hit, long requestNanos, long supersededNanos) {
        if (!hit.isConfirmed()) {
            return Optional.of("served although " + hit.state());
        }
        if (hit.confirmedAgeNanos() > boundNanos) {
            return Optional.of("served with a confirmation older than the bound");
        }
        if (supersededNanos != Source.NOT_SUPERSEDED && requestNanos - hit.confirmedAgeNanos() - supersededNanos >= 0) {
            return Optional.of("superseded before the moment as of which all was said to be applied");
        }
        return Optional.empty();
    }
}
