package dev.freshet.sources;

import org.jspecify.annotations.Nullable;

/** A source cannot go on; the message says why, and what mends it. */
public final class SourceException extends Exception {

    private static final long serialVersionUID = 1;

    public SourceException(String message) {
        super(message);
    }

    public SourceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
