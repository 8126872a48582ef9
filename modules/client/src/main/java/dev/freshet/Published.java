package dev.freshet;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Receipt;
import java.util.Objects;

/**
 * What became of an invalidation. It is either in the log, or it waits in this process:
 *
 * <pre>{@code
 * switch (users.invalidate("user:1")) {                       // Java 21; before, use instanceof
 *     case Published.Logged logged -> answer(logged.at());    // every replica applies it
 *     case Published.Queued queued -> log.warn("other replicas are stale until Redis is back", queued.why());
 * }
 * }</pre>
 */
public sealed interface Published {

    /**
     * The change is in the log: every live replica applies it, or resets the region.
     *
     * @param at where it is in the log; another replica that {@linkplain Region#awaitApplied waits for it} reads nothing older
     * @param appliedHere whether this process has applied everything in the log up to there; if not, it had not within the timeout:
     *     the subscription is broken or late. What the change names is evicted here in either case
     */
    record Logged(Receipt at, boolean appliedHere) implements Published {
        public Logged {
            Objects.requireNonNull(at);
        }

        @Override
        public Logged orThrow() {
            return this;
        }
    }

    /**
     * The change is not known to be in the log. It is evicted here, and repeated in the background until Redis acknowledges it.
     * Until then other replicas may read the old value.
     *
     * @param why why Redis did not acknowledge it
     */
    record Queued(Throwable why) implements Published {
        public Queued {
            Objects.requireNonNull(why);
        }

        @Override
        public Logged orThrow() {
            throw new BusException(
                    "the change is not in the log yet; it is repeated until Redis acknowledges it (" + why.getMessage()
                            + ")",
                    why);
        }
    }

    /**
     * Returns this as what is in the log, for a caller that goes on only then.
     *
     * @throws BusException if it is only queued; it stays queued
     */
    Logged orThrow();
}
