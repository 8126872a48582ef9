package dev.freshet.audit;

import java.io.Serial;

/** The truth could not be read. The message says why, without keys and secrets. */
public final class TruthException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    TruthException(String message) {
        super(message);
    }

    TruthException(String message, Throwable cause) {
        super(message, cause);
    }
}
