package dev.freshet.bus;

import java.time.Duration;
import java.util.Locale;

/**
 * A change was not confirmed as appended: Redis is unavailable, refused the write, or the queue is full. It may be in the log
 * nevertheless, see {@link #mayHaveBeenAppended}. Publishing it again is harmless either way.
 */
public final class UnavailableException extends BusException {

    private static final long serialVersionUID = 1;

    /** Why. */
    public enum Reason {
        /** There is no connection to the master, or it broke. */
        REDIS_AWAY,
        /** Redis answered with an error: out of memory, a read-only replica. */
        REDIS_REFUSED,
        /**
         * Somebody must mend the configuration of this process or of Redis: credentials, rights, a renamed command, TLS, a file that
         * cannot be read; or a library of this process does not fit. The message says what.
         */
        REDIS_MISCONFIGURED,
        /** Fewer replicas than configured acknowledged in time. */
        TOO_FEW_REPLICAS,
        /** A limit on broad changes is set, and some live member did not say in time how many entries would go. */
        NOT_COUNTED,
        /** The region does not exist, and there are as many as there may be. The message says what to do. */
        TOO_MANY_REGIONS,
        /** The queue in front of the appender is full. */
        QUEUE_FULL,
        /** The publisher was closed. */
        CLOSED;

        /** Returns the reason as it stands in problem types and metrics: {@code redis-away}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Reason reason;
    private final boolean mayHaveBeenAppended;
    private final Duration retryAfter;

    public UnavailableException(Reason reason, String message, boolean mayHaveBeenAppended, Duration retryAfter) {
        super(message);
        this.reason = reason;
        this.mayHaveBeenAppended = mayHaveBeenAppended;
        this.retryAfter = retryAfter;
    }

    /** Returns what a caller gets whose own time limit ended the wait. The change may be in the log nevertheless. */
    public static UnavailableException notAcknowledgedWithin(Duration timeout) {
        return new UnavailableException(
                Reason.REDIS_AWAY,
                "Redis did not acknowledge the change within " + timeout.toMillis() + " ms",
                true,
                Duration.ofSeconds(1));
    }

    /** Why the change was not confirmed. */
    public Reason reason() {
        return reason;
    }

    /** Whether the change may be in the log nevertheless. */
    public boolean mayHaveBeenAppended() {
        return mayHaveBeenAppended;
    }

    /** How long to wait before publishing again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
